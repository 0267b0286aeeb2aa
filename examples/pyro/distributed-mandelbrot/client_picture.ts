// Draws the Mandelbrot set into a PPM file, with all servers there are. Run: node client_picture.ts FILE.ppm [WIDTH]
import { writeFileSync } from "node:fs";
import { connect, locateNameServer } from "#bunsen";
import type { MandelbrotColorPixels } from "./mandelbrot.ts";

const [file = "mandelbrot.ppm", size = "1000"] = process.argv.slice(2);
const width = Number(size);
const height = width * 0.8;

await using names = await locateNameServer();
const found = await names.find({ any: ["class:mandelbrot_calc_color"] });
console.log(`${found.length} mandelbrot calculation servers found.`);
if (found.length === 0) throw new Error("launch at least one server before this");

const pixels = Buffer.alloc(width * height * 3);
let next = 0;
// Who is done takes the next line, so the fastest server does most.
await Promise.all(
  found.map(async ({ uri }) => {
    await using server = await connect<MandelbrotColorPixels>(uri);
    while (next < height) {
      const [y, line] = await server.calc_photoimage_line(next++, width, height);
      Buffer.from((line as string).replace(/[{}# ]/g, ""), "hex").copy(
        pixels,
        (y as number) * width * 3,
      );
    }
  }),
);
writeFileSync(file, Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), pixels]));
console.log(`wrote ${file}, ${width} x ${height} pixels`);
