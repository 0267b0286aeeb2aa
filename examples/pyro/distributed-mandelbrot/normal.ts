// The same zoom in one process, to compare. Run: node normal.ts [SECONDS]
import { frameAt, Mandelbrot } from "./mandelbrot.ts";

const [columns, rows] = [100, 40];
const duration = Number(process.argv[2] ?? 30);
const mandelbrot = new Mandelbrot();
const begin = performance.now();
let frames = 0;
for (;;) {
  const seconds = (performance.now() - begin) / 1000;
  if (seconds >= duration) break;
  const { start, width } = frameAt(seconds, duration);
  const dr = width / columns;
  const lines = mandelbrot.calc_lines(start, columns, dr, dr * (columns / rows) * 0.8, 0, rows);
  console.log(`\x1b[2J\x1b[1;1H${lines.map(([, text]) => text).join("\n")}`);
  frames++;
}
console.log(`Final FPS: ${(frames / duration).toFixed(2)}`);
