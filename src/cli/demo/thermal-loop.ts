import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** The simulation goes on in steps of this many seconds. */
const STEP_S = 0.1;
/** Nobody looked for longer than this: what was before has no influence any more. */
const MAX_LAG_S = 3600;
/** One temperature a second is kept, for this many seconds. */
export const HISTORY_S = 600;

/** What the heater gives at 100 %; it cools as well as it heats. */
const MAX_POWER_W = 300;
const HEAT_CAPACITY = 50; // J/K
/** To the room: the plate takes HEAT_CAPACITY / CONDUCTANCE = 33 s for 63 % of the way there. */
const CONDUCTANCE = 1.5; // W/K
/** With the lid open. */
const DRAUGHT = 6; // W/K
/** How far the sensors are behind the plate. */
const SENSOR_LAG_S = 2;
const SENSOR_NOISE_K = 0.005;

export const ROOM_C = 21.5;

/** A controller with a proportional, an integral and a derivative part. What it gives is a percentage of the heater's power. */
export class Pid {
  setpoint: number = ROOM_C;
  enabled = true;
  /** % for each kelvin that is missing. */
  kp = 5;
  /** % for each kelvin and second. */
  ki = 0.2;
  /** % for each kelvin a second of change, against it. */
  kd = 4;
  output = 0;
  #integral = 0;
  #last: number | undefined;

  /** Back to the temperature of the room, with what it gathered forgotten; its gains stay. */
  reset(): void {
    this.setpoint = ROOM_C;
    this.enabled = true;
    this.output = 0;
    this.#integral = 0;
    this.#last = undefined;
  }

  step(measured: number, seconds: number): void {
    const change = measured - (this.#last ?? measured);
    this.#last = measured;
    if (!this.enabled) {
      // Switched on again, it takes over from what is.
      this.#integral = this.output;
      return;
    }
    const error = this.setpoint - measured;
    const integral = this.#integral + this.ki * error * seconds;
    const wanted = this.kp * error + integral - (this.kd * change) / seconds;
    this.output = Math.min(Math.max(wanted, -100), 100);
    // At its limit it gathers no more: it would overshoot by what it gathered.
    if (this.output === wanted) this.#integral = integral;
  }
}

/** A plate, its heater, the room around it, and the controller: computed as far as the clock is when somebody looks. */
export class ThermalLoop {
  readonly pid: Pid = new Pid();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #start: number;
  #steps = 0;
  #plate = ROOM_C;
  #sensed = ROOM_C;
  #draught = 0;
  #lidOpenUntil = Number.NEGATIVE_INFINITY;
  readonly #history: number[] = [];

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#start = clock.now();
  }

  /** °C, as sensors have it that are somewhat slow. */
  get sensed(): number {
    return this.#sensed;
  }

  /** °C of the room: it rises and falls a little within ten minutes, and people come and go. */
  get room(): number {
    return ROOM_C + 0.8 * Math.sin((2 * Math.PI * this.#seconds) / 600) + this.#draught;
  }

  /** Watts; below 0 it cools. */
  get power(): number {
    return (this.pid.output / 100) * MAX_POWER_W;
  }

  get lidOpen(): boolean {
    return this.#seconds < this.#lidOpenUntil;
  }

  /** °C of the last `seconds`, one a second, oldest first; fewer where the lab is not open for so long. */
  history(seconds: number): readonly number[] {
    return this.#history.slice(-seconds);
  }

  openLid(seconds: number): void {
    this.#lidOpenUntil = this.#seconds + seconds;
  }

  /** Everything as at the start, at once. */
  reset(): void {
    this.pid.reset();
    this.#plate = ROOM_C;
    this.#sensed = ROOM_C;
    this.#lidOpenUntil = Number.NEGATIVE_INFINITY;
  }

  /** Lets the time pass since somebody looked last. */
  advance(): void {
    const due = Math.floor((this.#clock.now() - this.#start) / STEP_S);
    this.#steps = Math.max(this.#steps, due - MAX_LAG_S / STEP_S);
    while (this.#steps < due) this.#step();
  }

  get #seconds(): number {
    return this.#steps * STEP_S;
  }

  #step(): void {
    this.#steps += 1;
    this.#draught += (-this.#draught / 60) * STEP_S + 0.005 * this.#random.normal();
    const loss = CONDUCTANCE + (this.lidOpen ? DRAUGHT : 0);
    const flow = this.power - loss * (this.#plate - this.room);
    this.#plate += (flow / HEAT_CAPACITY) * STEP_S;
    this.#sensed += ((this.#plate - this.#sensed) / SENSOR_LAG_S) * STEP_S;
    this.pid.step(this.#sensed + SENSOR_NOISE_K * this.#random.normal(), STEP_S);
    if (this.#steps % Math.round(1 / STEP_S) === 0) this.#remember();
  }

  #remember(): void {
    this.#history.push(this.#sensed);
    if (this.#history.length > HISTORY_S) this.#history.shift();
  }
}
