// Zooms into the Mandelbrot set, with all servers there are. Run: node client_asciizoom.ts [SECONDS]
import { batch, connect, locateNameServer } from "#bunsen";
import { frameAt, type Mandelbrot } from "./mandelbrot.ts";

const [columns, rows] = [100, 40];
const duration = Number(process.argv[2] ?? 30);

await using names = await locateNameServer();
const found = await names.find({ any: ["class:mandelbrot_calc"] });
console.log(`${found.length} mandelbrot calculation servers found.`);
if (found.length === 0) throw new Error("launch at least one server before this");
await using stack = new AsyncDisposableStack();
const servers = await Promise.all(found.map(({ uri }) => connect<Mandelbrot>(uri)));
for (const server of servers) stack.use(server);

const begin = performance.now();
let frames = 0;
for (;;) {
  const seconds = (performance.now() - begin) / 1000;
  if (seconds >= duration) break;
  const { start, width } = frameAt(seconds, duration);
  const dr = width / columns;
  const di = dr * (columns / rows) * 0.8; // letters are taller than wide
  const lines = Array.from({ length: rows }, (_, line) => line);
  // Each server gets its share of the lines as one message.
  const shares = await Promise.all(
    servers.map((server, index) =>
      batch(server, (b) =>
        lines
          .filter((line) => line % servers.length === index)
          .map((line) => b.calc_line(start, columns, line * di, dr, line)),
      ),
    ),
  );
  const frame: string[] = [];
  for (const [line, text] of shares.flat()) frame[line as number] = text as string;
  console.log(`\x1b[2J\x1b[1;1H${frame.join("\n")}`);
  frames++;
}
console.log(`Final FPS: ${(frames / duration).toFixed(2)}`);
