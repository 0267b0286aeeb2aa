import { type Clock, MACHINE_CLOCK } from "./clock.ts";
import { Controller } from "./controller.ts";
import { Echo } from "./echo.ts";
import { Random } from "./random.ts";
import { Scope } from "./scope.ts";
import { Spectrometer } from "./spectrometer.ts";
import { ThermalLoop } from "./thermal-loop.ts";
import { Thermostat } from "./thermostat.ts";
import { makeTicker, type Ticker } from "./ticker.ts";

/** The same numbers at every start, unless it is another. */
const SEED = 1420;

/** The simulated instruments of `bunsen demo`, by the names that they are registered as. */
export interface DemoLab extends AsyncDisposable {
  readonly objects: {
    readonly "demo.thermostat": Thermostat;
    readonly "demo.controller": Controller;
    readonly "demo.scope": Scope;
    readonly "demo.spectrometer": Spectrometer;
    readonly "demo.ticker": Ticker;
    readonly "demo.echo": Echo;
  };
  close(): Promise<void>;
}

/**
 * Makes the instruments. They compute when somebody looks, as far as the clock is by then; but the ticker ticks, when it
 * plays.
 */
export function makeDemoLab({
  clock = MACHINE_CLOCK,
  seed = SEED,
}: {
  readonly clock?: Clock;
  readonly seed?: number;
} = {}): DemoLab {
  const loop = new ThermalLoop(clock, new Random(seed, 1));
  const ticker = makeTicker(new Random(seed, 4));
  const close = () => ticker.close();
  return {
    objects: {
      "demo.thermostat": new Thermostat(loop, clock, new Random(seed, 2)),
      "demo.controller": new Controller(loop),
      "demo.scope": new Scope(clock, new Random(seed, 3)),
      "demo.spectrometer": new Spectrometer(clock, seed),
      "demo.ticker": ticker,
      "demo.echo": new Echo(),
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
