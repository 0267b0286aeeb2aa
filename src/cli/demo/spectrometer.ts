import { expose } from "../../objects/expose.ts";
import { type NdArray, ndarray } from "../../values/ndarray.ts";
import { integerWithin, numberWithin, trueOrFalse } from "./checks.ts";
import type { Clock } from "./clock.ts";
import { Random } from "./random.ts";
import { type Line, linesAt, receiverAt } from "./sky.ts";

const MAX_ROWS = 500;
/** What the noise diode adds everywhere. */
const DIODE_K = 50;

/** What calculations may be off by, in seconds or sweeps. */
const INSTANT = 1e-6;

const CENTER = { from: 1300, to: 1700, unit: "MHz" };
const SPAN = { from: 0.5, to: 50, unit: "MHz" };

/** A line that stands out of the noise. */
export interface Peak {
  /** MHz. */
  readonly frequency: number;
  /** Kelvin above the receiver's own. */
  readonly level: number;
  /** What makes it. */
  readonly source: string;
}

/** A simulated radio spectrometer behind an antenna: galactic hydrogen at 1420 MHz, and what disturbs it. */
export class Spectrometer {
  /** Unit of all levels: kelvin, as radio astronomers have it. */
  readonly unit: string = "K";
  #center = 1420.4;
  #span = 8;
  #integration = 0.25;
  #channels = 512;
  #noiseDiode = false;
  /** The sweep that was looked at last. */
  #measured: { readonly sweep: number; readonly spectrum: NdArray<"float32"> } | undefined;
  readonly #clock: Clock;
  readonly #seed: number;

  constructor(clock: Clock, seed: number) {
    this.#clock = clock;
    this.#seed = seed;
  }

  /** The middle of what is seen, in MHz: 1300 to 1700. */
  get center_frequency(): number {
    return this.#center;
  }

  set center_frequency(value: number) {
    this.#center = numberWithin("center_frequency", value, CENTER);
    this.#measured = undefined;
  }

  /** How much is seen, in MHz: 0.5 to 50. */
  get span(): number {
    return this.#span;
  }

  set span(value: number) {
    this.#span = numberWithin("span", value, SPAN);
    this.#measured = undefined;
  }

  /** Seconds that a sweep takes: 0.05 to 10. Four times as long is half the noise. */
  get integration_time(): number {
    return this.#integration;
  }

  set integration_time(value: number) {
    this.#integration = numberWithin("integration_time", value, { from: 0.05, to: 10, unit: "s" });
    this.#measured = undefined;
  }

  /** Numbers of a sweep: 16 to 4096. */
  get channels(): number {
    return this.#channels;
  }

  set channels(value: number) {
    this.#channels = integerWithin("channels", value, { from: 16, to: 4096 });
    this.#measured = undefined;
  }

  /** Whether the noise diode is on, which adds 50 K everywhere. */
  get noise_diode(): boolean {
    return this.#noiseDiode;
  }

  set noise_diode(value: boolean) {
    this.#noiseDiode = trueOrFalse("noise_diode", value);
    this.#measured = undefined;
  }

  /** The number of the newest sweep. */
  get sweep(): number {
    return Math.floor(this.#clock.now() / this.#integration) - 1;
  }

  /** The newest sweep: as many numbers as there are channels, in kelvin. Python reads it with bunsen_arrays.py. */
  get spectrum(): NdArray<"float32"> {
    return this.#spectrumOf(this.sweep);
  }

  /** The newest sweep as a list, in kelvin. */
  levels(): number[] {
    return Array.from(this.spectrum.data, (kelvin) => Math.round(kelvin * 1000) / 1000);
  }

  /** The frequency of each channel, in MHz. */
  frequencies(): NdArray<"float64"> {
    const megahertz = Float64Array.from({ length: this.#channels }, (_, i) => this.#frequencyOf(i));
    return ndarray(megahertz, { unit: "MHz" });
  }

  /** Streams `count` sweeps (0 is without end), each when it is done. Who reads slowly gets the newest. */
  async *sweeps(count: number = 0): AsyncGenerator<NdArray<"float32">, void, void> {
    const wanted = integerWithin("count", count, { from: 0, to: 1e9 });
    let seconds = (this.sweep + 1) * this.#integration;
    for (let i = 0; wanted === 0 || i < wanted; i++) {
      const sweep = await this.#sweepAfter(seconds);
      seconds = (sweep + 1) * this.#integration;
      yield this.#spectrumOf(sweep);
    }
  }

  /** The newest `rows` sweeps (1 to 500), oldest first, as an array of rows, with the settings of now, in kelvin. */
  waterfall(rows: number = 100): NdArray<"float32"> {
    const count = integerWithin("rows", rows, { from: 1, to: MAX_ROWS });
    const { sweep } = this;
    const columns = this.#channels;
    const kelvin = new Float32Array(count * columns);
    for (let row = 0; row < count; row++) {
      this.#measure(sweep - count + 1 + row, kelvin.subarray(row * columns, (row + 1) * columns));
    }
    return ndarray(kelvin, { shape: [count, columns], unit: this.unit });
  }

  /** Lines of the newest sweep that stand out of the noise by a factor of `threshold` (1 to 1000), as a table. */
  peaks(threshold: number = 6): Peak[] {
    const factor = numberWithin("threshold", threshold, { from: 1, to: 1000 });
    const floor = factor * this.#noise(receiverAt(0) + this.#diode);
    return this.#lines(this.sweep)
      .filter(({ level, frequency }) => level > floor && this.#sees(frequency))
      .map(({ frequency, level, source }) => ({
        frequency: Math.round(frequency * 1000) / 1000,
        level: Math.round(level * 10) / 10,
        source,
      }));
  }

  /** Sets the middle in MHz, and with it how much is seen, or leaves that as it is. */
  tune(frequency: number, span?: number | null): void {
    const center = numberWithin("frequency", frequency, CENTER);
    if (span !== undefined && span !== null) this.span = span;
    this.center_frequency = center;
  }

  /** The number of the next sweep that ends behind that moment, or of the newest one, when it is done. */
  async #sweepAfter(seconds: number): Promise<number> {
    for (;;) {
      // Anew each time: somebody may have set another integration time.
      const next = Math.floor(seconds / this.#integration + INSTANT);
      const sweep = Math.max(next, this.sweep);
      const left = (sweep + 1) * this.#integration - this.#clock.now();
      if (left < INSTANT) return sweep;
      // A timer may ring somewhat early.
      await this.#clock.sleep(left);
    }
  }

  #spectrumOf(sweep: number): NdArray<"float32"> {
    if (this.#measured?.sweep !== sweep) {
      const kelvin = new Float32Array(this.#channels);
      this.#measure(sweep, kelvin);
      this.#measured = { sweep, spectrum: ndarray(kelvin, { unit: this.unit }) };
    }
    return this.#measured.spectrum;
  }

  get #diode(): number {
    return this.#noiseDiode ? DIODE_K : 0;
  }

  /** One sweep. The same number gives the same sweep, so that none need be kept. */
  #measure(sweep: number, kelvin: Float32Array): void {
    const random = new Random(this.#seed, sweep);
    const lines = this.#lines(sweep);
    for (let i = 0; i < kelvin.length; i++) {
      const frequency = this.#frequencyOf(i);
      let level = receiverAt((2 * (frequency - this.#center)) / this.#span) + this.#diode;
      for (const line of lines) level += heightAt(frequency, line);
      kelvin[i] = level + this.#noise(level) * random.normal();
    }
  }

  /** In the middle of a sweep; a line is no narrower than a channel. */
  #lines(sweep: number): readonly Line[] {
    const narrowest = this.#channelWidth / 2;
    return linesAt((sweep + 0.5) * this.#integration).map((line) =>
      line.width > narrowest
        ? line
        : { ...line, width: narrowest, level: (line.level * line.width) / narrowest },
    );
  }

  /** The radiometer equation: noise falls with the root of bandwidth times time. */
  #noise(level: number): number {
    return level / Math.sqrt(this.#channelWidth * 1e6 * this.#integration);
  }

  get #channelWidth(): number {
    return this.#span / this.#channels;
  }

  #frequencyOf(channel: number): number {
    return this.#center + ((channel + 0.5) / this.#channels - 0.5) * this.#span;
  }

  #sees(frequency: number): boolean {
    return Math.abs(frequency - this.#center) <= this.#span / 2;
  }
}

function heightAt(frequency: number, { frequency: middle, width, level }: Line): number {
  const off = (frequency - middle) / width;
  return Math.abs(off) < 6 ? level * Math.exp(-(off * off) / 2) : 0;
}

expose(
  Spectrometer,
  {
    center_frequency: true,
    span: true,
    integration_time: true,
    channels: true,
    noise_diode: true,
    sweep: true,
    spectrum: true,
    unit: { readonly: true },
    levels: true,
    frequencies: true,
    sweeps: true,
    waterfall: true,
    peaks: true,
    tune: { parameters: ["frequency", "span?"] },
  },
  {
    doc: "A simulated radio spectrometer behind an antenna: galactic hydrogen at 1420 MHz, and what disturbs it.",
  },
);
