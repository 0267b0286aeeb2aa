import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { eachPairing, Programs } from "../pairings.ts";

const folder = mkdtempSync(join(tmpdir(), "bunsen-picture-"));
afterAll(() => rmSync(folder, { recursive: true }));

eachPairing("distributed-mandelbrot", { hurry: 20 }, async ({ server, client }) => {
  const ready = /server #\d ready/;
  await using _one = await server.start("server", { ready, args: ["1"] });
  await using _other = await server.start("server", { ready, args: ["2"] });
  const zoom = await client.run("client_asciizoom", client.original ? {} : { args: ["0.3"] });
  expect(zoom).toContain("2 mandelbrot calculation servers found.");
  // The lines of the set's left end are all there, in order.
  expect(zoom).toMatch(/!{20}/);
  expect(zoom).toMatch(/Final FPS: \d/);
  if (client.original) return; // its picture is drawn with a GUI toolkit
  const picture = join(folder, "mandelbrot.ppm");
  await client.run("client_picture", { args: [picture, "100"] });
  const bytes = readFileSync(picture);
  expect(bytes.subarray(0, 14).toString()).toBe("P6 100 80 255\n");
  expect(bytes).toHaveLength(14 + 100 * 80 * 3);
  expect(new Set(bytes.subarray(14)).size).toBeGreaterThan(10);
});

it("examples/pyro/distributed-mandelbrot, in one process", async () => {
  const normal = new Programs("Bunsen", "distributed-mandelbrot", {});
  expect(await normal.run("normal", { args: ["0.3"] })).toMatch(/!{20}[\s\S]*Final FPS: \d/);
});
