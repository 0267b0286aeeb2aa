import { setTimeout as sleep } from "node:timers/promises";
import { expose } from "../../objects/expose.ts";
import { noise } from "./noise.ts";

const CHANNELS = 4;
const AMBIENT = 21.5; // °C
/** How long the plate takes for 63 % of the way to the setpoint, in seconds. */
const TIME_CONSTANT = 30;
const SAMPLE_MS = 50;

/** A simulated thermostat: a plate with four sensors that drifts towards the setpoint. */
export class Thermostat {
  /** Unit of all temperatures. */
  readonly unit: string = "degC";
  #setpoint = AMBIENT;
  #temperature = AMBIENT;
  #since = performance.now();
  readonly #noise = noise(1);

  /** The temperature to hold, in degrees Celsius: -40 to 150. */
  get setpoint(): number {
    return this.#setpoint;
  }

  set setpoint(value: number) {
    const wanted = Number(value);
    if (!(wanted >= -40 && wanted <= 150)) {
      throw new RangeError(`setpoint must be -40 to 150 degC, got ${value}`);
    }
    this.#settle();
    this.#setpoint = wanted;
  }

  /** Temperature of one channel (0 to 3), in degrees Celsius. */
  read(channel: number): number {
    if (!Number.isInteger(channel) || channel < 0 || channel >= CHANNELS) {
      throw new RangeError(`no channel ${channel}: channels are 0 to ${CHANNELS - 1}`);
    }
    // The sensors sit at different places of the plate.
    return round(this.#settle() + (channel - 1.5) * 0.12 + this.#noise() * 0.02);
  }

  /** Streams `count` readings of channel 0, one every 50 ms, in degrees Celsius. */
  async *samples(count: number = 10): AsyncGenerator<number, void, void> {
    for (let i = 0; i < count; i++) {
      if (i > 0) await sleep(SAMPLE_MS);
      yield this.read(0);
    }
  }

  /** Back to ambient temperature, at once. Nobody waits for it. */
  reset(): void {
    this.#setpoint = AMBIENT;
    this.#temperature = AMBIENT;
    this.#since = performance.now();
  }

  /** Lets the time since the last look pass: the way to the setpoint is an exponential. */
  #settle(): number {
    const now = performance.now();
    const share = 1 - Math.exp(-(now - this.#since) / 1000 / TIME_CONSTANT);
    this.#temperature += (this.#setpoint - this.#temperature) * share;
    this.#since = now;
    return this.#temperature;
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

expose(
  Thermostat,
  { setpoint: true, unit: { readonly: true }, read: true, samples: true, reset: { oneway: true } },
  { doc: "A simulated thermostat: a plate with four sensors that drifts towards the setpoint." },
);
