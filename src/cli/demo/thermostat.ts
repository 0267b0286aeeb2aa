import { expose } from "../../objects/expose.ts";
import { type NdArray, ndarray } from "../../values/ndarray.ts";
import { asNumber, integerWithin, numberWithin, oneOf } from "./checks.ts";
import type { Clock } from "./clock.ts";
import { SETPOINT } from "./controller.ts";
import type { Random } from "./random.ts";
import { HISTORY_S, type ThermalLoop } from "./thermal-loop.ts";

const CHANNELS = ["inlet", "centre", "edge", "outlet"] as const;

const SCALES: Readonly<Record<string, (celsius: number) => number>> = {
  degC: (celsius) => celsius,
  K: (celsius) => celsius + 273.15,
  degF: (celsius) => celsius * 1.8 + 32,
};

/** One sensor of the thermostat. */
export interface Reading {
  readonly channel: number;
  readonly place: string;
  readonly temperature: number;
  readonly unit: string;
}

/** A simulated thermostat: a plate with four sensors and a heater, in a room towards whose temperature it drifts. */
export class Thermostat {
  /** Unit of all temperatures. */
  readonly unit: string = "degC";
  readonly #loop: ThermalLoop;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(loop: ThermalLoop, clock: Clock, random: Random) {
    this.#loop = loop;
    this.#clock = clock;
    this.#random = random;
  }

  /** The temperature to hold, in degrees Celsius: -40 to 150. The controller does it. */
  get setpoint(): number {
    return this.#now.pid.setpoint;
  }

  set setpoint(value: number) {
    this.#now.pid.setpoint = numberWithin("setpoint", value, SETPOINT);
  }

  /** Mean of the four sensors, in degrees Celsius. */
  get temperature(): number {
    return rounded(this.#now.sensed);
  }

  /** Temperature of the room, in degrees Celsius. It drifts. */
  get ambient(): number {
    return rounded(this.#now.room);
  }

  /** What the heater gives now, in watts: -300 to 300. Below 0 it cools. */
  get power(): number {
    return rounded(this.#now.power);
  }

  /** Whether the lid is open. */
  get lid_open(): boolean {
    return this.#now.lidOpen;
  }

  /** Temperature of one channel (0 to 3), in degrees Celsius. */
  read(channel: number): number {
    const number = asNumber(channel);
    if (!(number in CHANNELS)) {
      throw new RangeError(`no channel ${channel}: channels are 0 to ${CHANNELS.length - 1}`);
    }
    // The sensors sit at different places of the plate.
    return rounded(this.#now.sensed + (number - 1.5) * 0.12 + this.#random.normal() * 0.01);
  }

  /** All channels as a table. The unit is "degC", "K" or "degF". */
  readings(unit: string = "degC"): Reading[] {
    const scale = oneOf("unit", unit, Object.keys(SCALES));
    return CHANNELS.map((place, channel) => {
      const celsius = this.read(channel);
      return { channel, place, temperature: rounded(SCALES[scale]?.(celsius) ?? celsius), unit };
    });
  }

  /** Streams `count` readings of channel 0, one each `interval` seconds (0.01 to 60), in degrees Celsius. */
  async *samples(count: number = 10, interval: number = 0.05): AsyncGenerator<number, void, void> {
    const readings = integerWithin("count", count, { from: 0, to: 1e9 });
    const seconds = numberWithin("interval", interval, { from: 0.01, to: 60, unit: "s" });
    for (let i = 0; i < readings; i++) {
      if (i > 0) await this.#clock.sleep(seconds);
      yield this.read(0);
    }
  }

  /** Temperature of the last `seconds` (1 to 600), one value for each, oldest first, in degrees Celsius. */
  history(seconds: number = 300): NdArray<"float32"> {
    const range = { from: 1, to: HISTORY_S, unit: "s" };
    const celsius = this.#now.history(integerWithin("seconds", seconds, range));
    return ndarray(Float32Array.from(celsius), { unit: this.unit });
  }

  /** Opens the lid for some seconds (1 to 120): cold air comes in, and the controller has something to do. */
  open_lid(seconds: number = 15): void {
    this.#now.openLid(numberWithin("seconds", seconds, { from: 1, to: 120, unit: "s" }));
  }

  /** Back to the temperature of the room, at once. Nobody waits for it. */
  reset(): void {
    this.#now.reset();
  }

  /** As it is at this moment. */
  get #now(): ThermalLoop {
    this.#loop.advance();
    return this.#loop;
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

expose(
  Thermostat,
  {
    setpoint: true,
    temperature: true,
    ambient: true,
    power: true,
    lid_open: true,
    unit: { readonly: true },
    read: true,
    readings: true,
    samples: true,
    history: true,
    open_lid: true,
    reset: { oneway: true },
  },
  {
    doc: "A simulated thermostat: a plate with four sensors and a heater, in a room towards whose temperature it drifts. demo.controller drives its heater.",
  },
);
