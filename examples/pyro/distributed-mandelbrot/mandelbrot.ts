import { Complex, expose, type Tuple, tuple } from "#bunsen";

const MAX_ITERATIONS = 500;

/** How many steps z = z² + c stays within reach, from z = c. */
function iterations(re: number, im: number): number {
  let [zr, zi] = [re, im];
  for (let n = 0; n < MAX_ITERATIONS; n++) {
    if (Math.hypot(zr, zi) > 2) return n;
    [zr, zi] = [zr * zr - zi * zi + re, 2 * zr * zi + im];
  }
  return MAX_ITERATIONS;
}

/** Lines of text. Complex numbers travel as Python's complex. */
export class Mandelbrot {
  calc_line(start: Complex, res_x: number, ii: number, dr: number, line_nr: number): Tuple {
    let line = "";
    for (let x = 1; x <= res_x; x++) {
      const n = iterations(start.re + x * dr, start.im + ii);
      line += n >= MAX_ITERATIONS ? " " : String.fromCharCode((n % 64) + 32);
    }
    return tuple<unknown>(line_nr, line);
  }

  calc_lines(
    start: Complex,
    res_x: number,
    dr: number,
    di: number,
    start_line_nr: number,
    num_lines: number,
  ): Tuple[] {
    return Array.from({ length: num_lines }, (_, i) =>
      this.calc_line(start, res_x, i * di, dr, start_line_nr + i),
    );
  }
}
expose(Mandelbrot, { calc_line: true, calc_lines: true });

/** Lines of a picture, as Tk's PhotoImage wants them: `{#rrggbb #rrggbb …}`. */
export class MandelbrotColorPixels {
  calc_photoimage_line(y: number, res_x: number, res_y: number): Tuple {
    const colours = Array.from({ length: res_x }, (_, x) => {
      const re = x / res_x - 0.5 - 0.3;
      const im = ((y / res_y - 0.5 - 0.9) * res_y) / res_x;
      const n = iterations(re, im);
      if (n >= MAX_ITERATIONS) return "#000000";
      const rgb = [(n + 32) % 255, n % 255, (n + 40) % 255];
      return `#${rgb.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    });
    return tuple<unknown>(y, `{${colours.join(" ")}}`);
  }
}
expose(MandelbrotColorPixels, { calc_photoimage_line: true });

/** Where a zoom starts, and how wide it is after part of its time. */
export function frameAt(seconds: number, duration: number): { start: Complex; width: number } {
  return {
    start: new Complex(-2 + 0.06 * seconds, -1 - 0.002 * seconds),
    width: 3 * (1 - seconds / duration / 1.1),
  };
}
