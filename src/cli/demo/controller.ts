import { expose } from "../../objects/expose.ts";
import { numberWithin, oneOf, type Range, trueOrFalse } from "./checks.ts";
import type { Pid, ThermalLoop } from "./thermal-loop.ts";

export const SETPOINT: Range = { from: -40, to: 150, unit: "degC" };
const GAIN: Range = { from: 0, to: 1000 };
const OUTPUT: Range = { from: -100, to: 100, unit: "%" };

/** Gains of a controller: % for each kelvin, kelvin and second, and kelvin a second. */
export interface Gains {
  readonly kp: number;
  readonly ki: number;
  readonly kd: number;
}

const TUNINGS: Readonly<Record<string, Gains>> = {
  gentle: { kp: 1.5, ki: 0.03, kd: 0 },
  normal: { kp: 5, ki: 0.2, kd: 4 },
  nervous: { kp: 120, ki: 12, kd: 0 },
};

/** The PID controller of the simulated thermostat. */
export class Controller {
  readonly #loop: ThermalLoop;

  constructor(loop: ThermalLoop) {
    this.#loop = loop;
  }

  /** Whether it drives the heater. Switched off, the heater stays at `output`, which may then be set by hand. */
  get enabled(): boolean {
    return this.#now.enabled;
  }

  set enabled(value: boolean) {
    this.#now.enabled = trueOrFalse("enabled", value);
  }

  /** The temperature to hold, in degrees Celsius: -40 to 150. */
  get setpoint(): number {
    return this.#now.setpoint;
  }

  set setpoint(value: number) {
    this.#now.setpoint = numberWithin("setpoint", value, SETPOINT);
  }

  /** What the heater gives, in % of its 300 W: -100 to 100. To be set while the controller is switched off. */
  get output(): number {
    return Math.round(this.#now.output * 1000) / 1000;
  }

  set output(value: number) {
    const pid = this.#now;
    const output = numberWithin("output", value, OUTPUT);
    if (pid.enabled) {
      throw new RangeError("output is set by the controller: set enabled to false first");
    }
    pid.output = output;
  }

  /** Kelvins that are missing: setpoint less temperature. */
  get error(): number {
    return Math.round((this.#now.setpoint - this.#loop.sensed) * 1000) / 1000;
  }

  /** Proportional gain, in % for each kelvin: 0 to 1000. */
  get kp(): number {
    return this.#now.kp;
  }

  set kp(value: number) {
    this.#now.kp = numberWithin("kp", value, GAIN);
  }

  /** Integral gain, in % for each kelvin and second: 0 to 1000. */
  get ki(): number {
    return this.#now.ki;
  }

  set ki(value: number) {
    this.#now.ki = numberWithin("ki", value, GAIN);
  }

  /** Derivative gain, in % for each kelvin a second: 0 to 1000. */
  get kd(): number {
    return this.#now.kd;
  }

  set kd(value: number) {
    this.#now.kd = numberWithin("kd", value, GAIN);
  }

  /** Sets all gains at once, and returns them: "gentle", "normal", or "nervous", which swings. */
  tune(response: string = "normal"): Gains {
    const gains = TUNINGS[oneOf("response", response, Object.keys(TUNINGS))] as Gains;
    Object.assign(this.#now, gains);
    return gains;
  }

  /** As it is at this moment. */
  get #now(): Pid {
    this.#loop.advance();
    return this.#loop.pid;
  }
}

expose(
  Controller,
  {
    enabled: true,
    setpoint: true,
    output: true,
    error: true,
    kp: true,
    ki: true,
    kd: true,
    tune: true,
  },
  {
    doc: "The PID controller of the simulated thermostat: it holds the setpoint by way of the heater.",
  },
);
