import { expose } from "../../objects/expose.ts";
import { type NdArray, ndarray } from "../../values/ndarray.ts";
import { integerWithin, numberWithin, oneOf, trueOrFalse } from "./checks.ts";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";
import { at, lowPassed, periodOf, periodOfBytes, SIGNALS, type Signal } from "./signals.ts";

const MAX_POINTS = 1_000_000;
const MAX_LOADED_BYTES = 65_536;
const DIVISIONS = 10;
/** Of the 8-bit converter: full scale is ±1.28 V. */
const STEPS_A_VOLT = 100;
const NOISE_V = 0.008;
const AVERAGED = 16;
/** Of the filter in front of channel 2: its corner is at 1 kHz. */
const RESISTANCE_TIMES_CAPACITY_S = 1 / (2 * Math.PI * 1000);

const QUANTITIES = ["peak to peak", "mean", "rms", "frequency"] as const;
type Quantity = (typeof QUANTITIES)[number];

/** A line of the scope's table of measurements. */
export interface Measurement {
  readonly channel: number;
  readonly quantity: Quantity;
  readonly value: number;
  readonly unit: string;
}

/** A simulated oscilloscope with two channels, and the generator that it looks at. */
export class Scope {
  /** Volts that one step of `raw` stands for. */
  readonly volts_per_step: number = 1 / STEPS_A_VOLT;
  #timebase = 0.0002;
  #channel = 1;
  #signal: Signal = "sine";
  #frequency = 1000;
  #amplitude = 1;
  /** One period of what the generator makes, and of channel 2. */
  #periods: readonly [Float64Array, Float64Array] | undefined;
  #loaded: Float64Array = Float64Array.of(0);
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Seconds a division, of which the screen has ten: 1e-6 to 1. */
  get timebase(): number {
    return this.#timebase;
  }

  set timebase(value: number) {
    this.#timebase = numberWithin("timebase", value, { from: 1e-6, to: 1, unit: "s" });
  }

  /** What is shown: 1 is the generator, 2 the same behind a low-pass filter of 1 kHz. */
  get channel(): number {
    return this.#channel;
  }

  set channel(value: number) {
    this.#channel = integerWithin("channel", value, { from: 1, to: 2 });
  }

  /** What the generator makes: "sine", "square", "triangle", "sawtooth", "pulse", or what `load` was given: "loaded". */
  get signal(): string {
    return this.#signal;
  }

  set signal(value: string) {
    this.#signal = oneOf("signal", value, SIGNALS);
    this.#periods = undefined;
  }

  /** Of the generator, in hertz: 1 to 100000. */
  get frequency(): number {
    return this.#frequency;
  }

  set frequency(value: number) {
    this.#frequency = numberWithin("frequency", value, { from: 1, to: 1e5, unit: "Hz" });
    this.#periods = undefined;
  }

  /** Of the generator, in volts from the middle to the top: 0 to 2. The screen ends at 1.27 V. */
  get amplitude(): number {
    return this.#amplitude;
  }

  set amplitude(value: number) {
    this.#amplitude = numberWithin("amplitude", value, { from: 0, to: 2, unit: "V" });
  }

  /** One screen as a list of `points` numbers, in volts. */
  waveform(points: number = 1000): number[] {
    return Array.from(this.#steps(points), (step) => step / STEPS_A_VOLT);
  }

  /** One screen as an array of `points` numbers, in volts. Averaged, it is the mean of 16. */
  trace(points: number = 1000, average: boolean = false): NdArray<"float32"> {
    const sweeps = trueOrFalse("average", average) ? AVERAGED : 1;
    const volts = new Float32Array(pointsIn(points));
    for (let sweep = 0; sweep < sweeps; sweep++) {
      let i = 0;
      for (const step of this.#steps(points)) {
        volts[i] = (volts[i] ?? 0) + step / STEPS_A_VOLT / sweeps;
        i += 1;
      }
    }
    return ndarray(volts, { unit: "V" });
  }

  /** Both channels as an array of two rows with `points` numbers each, in volts. */
  both(points: number = 1000): NdArray<"float32"> {
    const columns = pointsIn(points);
    const volts = new Float32Array(2 * columns);
    for (const channel of [1, 2]) {
      const row = Float32Array.from(this.#steps(columns, channel), (step) => step / STEPS_A_VOLT);
      volts.set(row, (channel - 1) * columns);
    }
    return ndarray(volts, { shape: [2, columns], unit: "V" });
  }

  /** One screen as `points` bytes: signed steps of `volts_per_step` volts. */
  raw(points: number = 1000): Uint8Array {
    return new Uint8Array(Int8Array.from(this.#steps(points)).buffer);
  }

  /** Streams `count` screens (0 is without end), one each `interval` seconds (0.02 to 60), as `trace` gives them. */
  async *traces(
    count: number = 0,
    interval: number = 0.2,
    points: number = 1000,
  ): AsyncGenerator<NdArray<"float32">, void, void> {
    const screens = integerWithin("count", count, { from: 0, to: 1e9 });
    const seconds = numberWithin("interval", interval, { from: 0.02, to: 60, unit: "s" });
    for (let i = 0; screens === 0 || i < screens; i++) {
      if (i > 0) await this.#clock.sleep(seconds);
      yield this.trace(points);
    }
  }

  /** Measures "peak to peak", "mean" or "rms", in volts, or "frequency", in hertz; of the channel that is shown, or another. */
  measure(quantity: string, channel?: number): number {
    const what = oneOf("quantity", quantity, QUANTITIES);
    const number = integerWithin("channel", channel ?? this.#channel, { from: 1, to: 2 });
    if (what === "frequency") return this.#frequency;
    const volts = Array.from(this.#steps(4000, number), (step) => step / STEPS_A_VOLT);
    // A zero without a sign.
    return Math.round(MEASURED[what](volts) * 1000) / 1000 + 0;
  }

  /** All that `measure` can tell, of both channels, as a table. */
  measurements(): Measurement[] {
    return [1, 2].flatMap((channel) =>
      QUANTITIES.map((quantity) => ({
        channel,
        quantity,
        value: this.measure(quantity, channel),
        unit: quantity === "frequency" ? "Hz" : "V",
      })),
    );
  }

  /** Makes one period of signed bytes (2 to 65536 of them) the generator's signal "loaded". Returns how many it took. */
  load(period: Uint8Array): number {
    if (!(period instanceof Uint8Array)) throw new RangeError("period must be bytes");
    const bytes = { from: 2, to: MAX_LOADED_BYTES, unit: "bytes" };
    integerWithin("period", period.byteLength, bytes);
    this.#loaded = periodOfBytes(period);
    this.signal = "loaded";
    return period.byteLength;
  }

  /** What the converter gives: integers from -128 to 127. The trigger lets each screen begin with the period. */
  *#steps(points: number, channel: number = this.#channel): Generator<number, void, void> {
    const count = pointsIn(points);
    this.#periods ??= this.#makePeriods();
    const period = this.#periods[channel - 1] ?? this.#periods[0];
    const periodsAPoint = (this.#timebase * DIVISIONS * this.#frequency) / count;
    for (let i = 0; i < count; i++) {
      const volts = this.#amplitude * at(period, i * periodsAPoint);
      const step = Math.round((volts + NOISE_V * this.#random.normal()) * STEPS_A_VOLT);
      yield Math.min(Math.max(step, -128), 127);
    }
  }

  #makePeriods(): [Float64Array, Float64Array] {
    const period = this.#signal === "loaded" ? this.#loaded : periodOf(this.#signal);
    return [period, lowPassed(period, RESISTANCE_TIMES_CAPACITY_S * this.#frequency)];
  }
}

function pointsIn(points: unknown): number {
  return integerWithin("points", points, { from: 1, to: MAX_POINTS });
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const MEASURED: Readonly<
  Record<Exclude<Quantity, "frequency">, (volts: readonly number[]) => number>
> = {
  "peak to peak": (volts) => Math.max(...volts) - Math.min(...volts),
  mean,
  rms: (volts) => Math.sqrt(mean(volts.map((volt) => volt * volt))),
};

expose(
  Scope,
  {
    timebase: true,
    channel: true,
    signal: true,
    frequency: true,
    amplitude: true,
    volts_per_step: { readonly: true },
    waveform: true,
    trace: true,
    both: true,
    raw: true,
    traces: true,
    // `channel?` is but `channel` when types are stripped.
    measure: { parameters: ["quantity", "channel?"] },
    measurements: true,
    load: true,
  },
  { doc: "A simulated oscilloscope with two channels, and the generator that it looks at." },
);
