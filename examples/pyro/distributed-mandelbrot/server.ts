// Calculates for clients; start one for each core. Needs a name server. Run: node server.ts NUMBER
import { Daemon } from "#bunsen";
import { Mandelbrot, MandelbrotColorPixels } from "./mandelbrot.ts";

const [number = ""] = process.argv.slice(2);
if (number === "") throw new Error("give this server a number: node server.ts 1");

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("mandelbrot", new Mandelbrot());
daemon.register("colour", new MandelbrotColorPixels());
// Safe: two servers of one number would be a mistake.
await daemon.announce("mandelbrot", `mandelbrot_${number}`, {
  safe: true,
  metadata: ["class:mandelbrot_calc"],
});
await daemon.announce("colour", `mandelbrot_color_${number}`, {
  safe: true,
  metadata: ["class:mandelbrot_calc_color"],
});
console.log(`Mandelbrot calculation server #${number} ready.`);
