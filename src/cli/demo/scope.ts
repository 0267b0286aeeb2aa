import { expose } from "../../objects/expose.ts";
import { type NdArray, ndarray } from "../../values/ndarray.ts";
import { noise } from "./noise.ts";

const MAX_POINTS = 1_000_000;
const DIVISIONS = 10;
/** Of the 8-bit converter: full scale is ±1.28 V. */
const STEPS_A_VOLT = 100;

/** A simulated oscilloscope that looks at a sine of 1 kHz and 1 V, with some noise. */
export class Scope {
  /** Volts that one step of `raw` stands for. */
  readonly volts_per_step: number = 1 / STEPS_A_VOLT;
  #timebase = 0.0002;
  readonly #noise = noise(2);

  /** Seconds a division, of which the screen has ten: 1e-6 to 1. */
  get timebase(): number {
    return this.#timebase;
  }

  set timebase(value: number) {
    const wanted = Number(value);
    if (!(wanted >= 1e-6 && wanted <= 1)) {
      throw new RangeError(`timebase must be 1e-6 to 1 s, got ${value}`);
    }
    this.#timebase = wanted;
  }

  /** One screen as a list of `points` numbers, in volts. */
  waveform(points: number = 1000): number[] {
    return Array.from(this.#steps(points), (step) => Math.round(step) / STEPS_A_VOLT);
  }

  /** One screen as an array of `points` numbers, in volts. Python reads it with bunsen_arrays.py. */
  trace(points: number = 1000): NdArray<"float32"> {
    const volts = Float32Array.from(this.#steps(points), (step) => Math.round(step) / STEPS_A_VOLT);
    return ndarray(volts, { unit: "V" });
  }

  /** One screen as `points` bytes: signed steps of `volts_per_step` volts. */
  raw(points: number = 1000): Uint8Array {
    return new Uint8Array(Int8Array.from(this.#steps(points), Math.round).buffer);
  }

  *#steps(points: number): Generator<number, void, void> {
    if (!Number.isInteger(points) || points < 1 || points > MAX_POINTS) {
      throw new RangeError(`points must be 1 to ${MAX_POINTS}, got ${points}`);
    }
    const seconds = this.#timebase * DIVISIONS;
    for (let i = 0; i < points; i++) {
      const phase = 2 * Math.PI * 1000 * ((i / points) * seconds);
      yield STEPS_A_VOLT * Math.sin(phase) + this.#noise();
    }
  }
}

expose(
  Scope,
  { volts_per_step: { readonly: true }, timebase: true, waveform: true, trace: true, raw: true },
  { doc: "A simulated oscilloscope that looks at a sine of 1 kHz and 1 V, with some noise." },
);
