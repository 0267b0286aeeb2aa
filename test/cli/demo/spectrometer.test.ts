import { describe, expect, it } from "vitest";
import { makeDemoLab } from "../../../src/cli/demo/lab.ts";
import { StandingClock, standingLab } from "./lab.ts";

function makeSpectrometer(settings: object = {}, seed?: number) {
  const lab = standingLab(seed);
  const spectrometer = Object.assign(lab["demo.spectrometer"], settings);
  return { clock: lab.clock, spectrometer };
}

const spread = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

describe("the demo's spectrometer", () => {
  it("shows the line of hydrogen at 1420.4 MHz, above what the receiver makes itself", () => {
    const { spectrometer } = makeSpectrometer();
    const levels = spectrometer.levels();
    expect(spectrometer.spectrum).toMatchObject({ dtype: "float32", shape: [512], unit: "K" });
    const frequencies = spectrometer.frequencies();
    expect(frequencies).toMatchObject({ shape: [512], unit: "MHz" });
    const hydrogen = frequencies.data.findIndex((megahertz) => megahertz > 1420.41);
    expect(levels[hydrogen]).toBeGreaterThan(80);
    expect(levels[100]).toBeLessThan(35);
    expect(levels[100]).toBeGreaterThan(25);
  });

  it("has a newest sweep as an attribute, the same until the next is done", () => {
    const { clock, spectrometer } = makeSpectrometer();
    const { sweep, spectrum } = spectrometer;
    clock.pass(0.2);
    expect(spectrometer.spectrum).toBe(spectrum);
    clock.pass(0.1);
    expect(spectrometer.sweep).toBe(sweep + 1);
    expect(spectrometer.spectrum.data).not.toEqual(spectrum.data);
  });

  it("streams each sweep when it is done; the waterfall has the same ones", async () => {
    const { clock, spectrometer } = makeSpectrometer({ channels: 64 });
    const start = clock.now();
    const sweeps = await Array.fromAsync(spectrometer.sweeps(4));
    expect(clock.now() - start).toBe(1);
    const waterfall = spectrometer.waterfall(4);
    expect(waterfall).toMatchObject({ shape: [4, 64], unit: "K" });
    expect([...waterfall.data]).toEqual(sweeps.flatMap(({ data }) => [...data]));
  });

  it("streams none twice where timers ring early, and the newest to who reads slowly", async () => {
    const clock = new StandingClock();
    // The last microseconds of a pause are left out, as Node may do.
    const early = {
      now: () => clock.now(),
      sleep: (seconds: number) => clock.sleep(seconds > 0.001 ? seconds - 0.0005 : seconds),
    };
    const { objects } = makeDemoLab({ clock: early });
    const spectrometer = objects["demo.spectrometer"];
    Object.assign(spectrometer, { channels: 16, integration_time: 0.1 });
    const seen: number[] = [];
    for await (const _ of spectrometer.sweeps(20)) {
      seen.push(spectrometer.sweep);
      if (seen.length === 10) clock.pass(1);
    }
    const steps = seen.slice(1).map((sweep, i) => sweep - (seen[i] ?? 0));
    expect(steps.filter((step) => step !== 1)).toEqual([10]);
  });

  it("goes on streaming when the integration time is set", async () => {
    const { clock, spectrometer } = makeSpectrometer({ channels: 16 });
    const ends: number[] = [];
    for await (const _ of spectrometer.sweeps(4)) {
      ends.push(clock.now());
      if (ends.length === 2) spectrometer.integration_time = 2;
    }
    expect(ends).toEqual([1000.25, 1000.5, 1002, 1004]);
  });

  it("sees lines drift and fade", () => {
    const { clock, spectrometer } = makeSpectrometer();
    const seen = (source: string) => {
      const found = [];
      for (let i = 0; i < 90; i++) {
        clock.pass(1);
        found.push(...spectrometer.peaks().filter((peak) => peak.source === source));
      }
      return found;
    };
    const satellite = seen("a satellite");
    expect(satellite.length).toBeGreaterThan(20);
    expect(satellite.length).toBeLessThan(90);
    const frequencies = satellite.map(({ frequency }) => frequency);
    expect(Math.max(...frequencies) - Math.min(...frequencies)).toBeGreaterThan(2);
    const levels = seen("a beacon").map(({ level }) => level);
    expect(Math.max(...levels)).toBeGreaterThan(2 * Math.min(...levels));
  });

  it("has half the noise with four times the integration time", () => {
    const quiet = { center_frequency: 1500, span: 1, channels: 1024 };
    const noise = (integration_time: number) =>
      spread(
        makeSpectrometer({ ...quiet, integration_time })
          .spectrometer.levels()
          .slice(480, 544),
      );
    // 30 K / sqrt(977 Hz x 0.25 s), within what 64 numbers can tell.
    expect(noise(0.25)).toBeGreaterThan(1.3);
    expect(noise(0.25)).toBeLessThan(2.8);
    expect(noise(4)).toBeLessThan(0.5 * noise(0.25));
  });

  it("is tuned, with or without another span, and forgets what it saw", () => {
    const { spectrometer } = makeSpectrometer();
    const before = spectrometer.spectrum;
    spectrometer.tune(1500);
    expect(spectrometer).toMatchObject({ center_frequency: 1500, span: 8 });
    expect(spectrometer.spectrum).not.toBe(before);
    expect(spectrometer.peaks()).toEqual([]);
    spectrometer.tune(1420.4, 2);
    expect(spectrometer.span).toBe(2);
    expect(spectrometer.frequencies().data[0]).toBeCloseTo(1419.4, 2);
  });

  it("gets 50 K more by the noise diode", () => {
    const settings = { center_frequency: 1500, integration_time: 10 };
    const { spectrometer } = makeSpectrometer(settings);
    const before = spectrometer.levels()[256] ?? 0;
    spectrometer.noise_diode = true;
    expect((spectrometer.levels()[256] ?? 0) - before).toBeCloseTo(50, 0);
  });

  it("shows the same at every start, and something else with another seed", () => {
    const levels = (seed: number) => makeSpectrometer({}, seed).spectrometer.levels();
    expect(levels(1)).toEqual(levels(1));
    expect(levels(2)).not.toEqual(levels(1));
  });

  it.each([
    [{ center_frequency: 100 }, "center_frequency must be 1300 to 1700 MHz, got 100"],
    [{ span: 0 }, "span must be 0.5 to 50 MHz, got 0"],
    [{ integration_time: 60 }, "integration_time must be 0.05 to 10 s, got 60"],
    [{ channels: 3 }, "channels must be 16 to 4096, got 3"],
    [{ noise_diode: 1 }, "noise_diode must be true or false, got 1"],
  ])("refuses %j", (settings, message) => {
    expect(() => makeSpectrometer(settings)).toThrow(new RangeError(message));
  });

  it("refuses too many rows, and a tuning as a whole", () => {
    const { spectrometer } = makeSpectrometer();
    expect(() => spectrometer.waterfall(501)).toThrow("rows must be 1 to 500, got 501");
    expect(() => spectrometer.tune(1, 2)).toThrow("frequency must be 1300 to 1700 MHz, got 1");
    expect(() => spectrometer.tune(1500, 100)).toThrow("span must be 0.5 to 50 MHz");
    expect(spectrometer).toMatchObject({ center_frequency: 1420.4, span: 8 });
  });
});
