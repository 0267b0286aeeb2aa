import { describe, expect, it } from "vitest";
import { standingLab } from "./lab.ts";

function makeScope(settings: object = {}, seed?: number) {
  const lab = standingLab(seed);
  return { clock: lab.clock, scope: Object.assign(lab["demo.scope"], settings) };
}

const rms = (volts: Iterable<number>) => {
  const squares = Array.from(volts, (volt) => volt * volt);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
};

describe("the demo's oscilloscope", () => {
  it("shows two periods of a sine of 1 kHz and 1 V at first", () => {
    const { scope } = makeScope();
    const volts = scope.waveform(400);
    expect(volts).toHaveLength(400);
    for (const [i, expected] of [
      [50, 1],
      [100, 0],
      [150, -1],
      [250, 1],
    ] as const) {
      expect(Math.abs((volts[i] ?? 0) - expected)).toBeLessThan(0.06);
    }
  });

  it("gives the same screen as numbers, as an array, and as bytes", () => {
    const { scope } = makeScope();
    expect(scope.trace(300)).toMatchObject({ dtype: "float32", shape: [300], unit: "V" });
    const raw = scope.raw(300);
    expect(raw).toBeInstanceOf(Uint8Array);
    const step = new Int8Array(raw.buffer)[37] ?? 0;
    expect(step * scope.volts_per_step).toBeCloseTo(scope.waveform(300)[37] ?? 0, 1);
  });

  it.each([
    ["sine", Math.SQRT1_2],
    ["square", 1],
    ["triangle", 0.577],
    ["sawtooth", 0.577],
    ["pulse", 0.316],
  ])("makes a %s, of %d V rms", (signal, volts) => {
    const { scope } = makeScope({ signal });
    expect(scope.measure("rms")).toBeCloseTo(volts, 1);
  });

  it("begins each screen with the period, rising", () => {
    for (const signal of ["sine", "triangle", "sawtooth"]) {
      const volts = makeScope({ signal }).scope.waveform(1000);
      expect(Math.abs(volts[0] ?? 1)).toBeLessThan(0.05);
      expect(volts[40]).toBeGreaterThan(0.05);
    }
  });

  it("has a low-pass filter in front of channel 2: at its corner 71 % of a sine are left, and less above", () => {
    const { scope } = makeScope({ channel: 2 });
    expect(scope.measure("rms")).toBeCloseTo(0.5, 1);
    scope.frequency = 10_000;
    expect(scope.measure("rms")).toBeCloseTo(0.07, 1);
    Object.assign(scope, { frequency: 100, timebase: 0.002 });
    expect(scope.measure("rms")).toBeCloseTo(Math.SQRT1_2, 1);
    expect(scope.measure("rms", 1)).toBeCloseTo(Math.SQRT1_2, 1);
    expect(scope.both(200)).toMatchObject({ shape: [2, 200] });
  });

  it("clips at the end of its converter", () => {
    const { scope } = makeScope({ amplitude: 2 });
    expect(Math.max(...scope.waveform())).toBe(1.27);
    expect(Math.min(...scope.waveform())).toBe(-1.28);
  });

  it("has less noise when it averages", () => {
    const { scope } = makeScope({ amplitude: 0 });
    expect(rms(scope.trace(1000, true).data)).toBeLessThan(0.5 * rms(scope.trace(1000).data));
  });

  it("repeats what it is given as bytes", () => {
    const { scope } = makeScope();
    expect(scope.load(Uint8Array.of(0, 127, 0, 129))).toBe(4);
    expect(scope.signal).toBe("loaded");
    scope.timebase = 0.0001; // one period
    const volts = scope.waveform(8);
    for (const [i, expected] of [0, 0, 1, 1, 0, 0, -1, -1].entries()) {
      expect(Math.abs((volts[i] ?? 9) - expected)).toBeLessThan(0.06);
    }
  });

  it("measures all it can, as a table", () => {
    const { scope } = makeScope({ frequency: 2000 });
    const table = scope.measurements();
    expect(table).toHaveLength(8);
    expect(table[3]).toEqual({ channel: 1, quantity: "frequency", value: 2000, unit: "Hz" });
    expect(scope.measure("peak to peak")).toBeCloseTo(2.05, 1);
  });

  it("streams screens, other each time by their noise, and the same at every start", async () => {
    const run = async () => {
      const { clock, scope } = makeScope();
      const start = clock.now();
      const screens = await Array.fromAsync(scope.traces(3, 0.5, 10));
      expect(clock.now() - start).toBe(1);
      return screens.map(({ data }) => [...data]);
    };
    const screens = await run();
    expect(screens).toHaveLength(3);
    expect(screens[0]).not.toEqual(screens[1]);
    expect(await run()).toEqual(screens);
  });

  it.each([
    [{ timebase: 2 }, "timebase must be 0.000001 to 1 s, got 2"],
    [{ channel: 3 }, "channel must be 1 to 2, got 3"],
    [{ channel: 1.5 }, "channel must be an integer, got 1.5"],
    [
      { signal: "noise" },
      'signal must be "sine", "square", "triangle", "sawtooth", "pulse" or "loaded", got "noise"',
    ],
    [{ frequency: 0 }, "frequency must be 1 to 100000 Hz, got 0"],
    [{ amplitude: -1 }, "amplitude must be 0 to 2 V, got -1"],
  ])("refuses %j", (settings, message) => {
    expect(() => makeScope(settings)).toThrow(new RangeError(message));
  });

  it("refuses what it cannot show, measure or load", () => {
    const { scope } = makeScope();
    expect(() => scope.waveform(0)).toThrow("points must be 1 to 1000000, got 0");
    expect(() => scope.trace(10, 1 as never)).toThrow("average must be true or false, got 1");
    expect(() => scope.measure("colour")).toThrow('quantity must be "peak to peak"');
    expect(() => scope.load("abc" as never)).toThrow("period must be bytes");
    expect(() => scope.load(new Uint8Array(1))).toThrow("period must be 2 to 65536 bytes, got 1");
  });
});
