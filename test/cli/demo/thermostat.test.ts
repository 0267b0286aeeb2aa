import { describe, expect, it } from "vitest";
import { standingLab } from "./lab.ts";

function thermostatLab(seed?: number) {
  const lab = standingLab(seed);
  return {
    clock: lab.clock,
    thermostat: lab["demo.thermostat"],
    controller: lab["demo.controller"],
  };
}

describe("the demo's thermostat", () => {
  it("is held at its setpoint by the controller", () => {
    const { clock, thermostat, controller } = thermostatLab();
    thermostat.setpoint = 60;
    clock.pass(2);
    expect(controller.output).toBeGreaterThan(50);
    expect(thermostat.power).toBeCloseTo(controller.output * 3, 1);
    clock.pass(300);
    expect(thermostat.temperature).toBeCloseTo(60, 1);
    // What the room takes: 1.5 W for each kelvin.
    expect(thermostat.power).toBeCloseTo(1.5 * (60 - thermostat.ambient), -1);
  });

  it.each([150, -40])("reaches %d degC", (celsius) => {
    const { clock, thermostat } = thermostatLab();
    thermostat.setpoint = celsius;
    clock.pass(400);
    expect(thermostat.temperature).toBeCloseTo(celsius, 1);
  });

  it("drifts towards the temperature of the room when the controller is off, which drifts itself", () => {
    const { clock, thermostat, controller } = thermostatLab();
    thermostat.setpoint = 80;
    clock.pass(300);
    controller.enabled = false;
    controller.output = 0;
    const ambient = thermostat.ambient;
    clock.pass(50 / 1.5);
    // The time of the plate: 63 % of the way, and the sensors are 2 s behind.
    expect(thermostat.temperature).toBeGreaterThan(ambient + 0.34 * (80 - ambient));
    expect(thermostat.temperature).toBeLessThan(ambient + 0.42 * (80 - ambient));
    clock.pass(3600);
    expect(Math.abs(thermostat.temperature - thermostat.ambient)).toBeLessThan(0.5);
    expect(thermostat.ambient).not.toBe(ambient);
  });

  it("is disturbed by an open lid, and comes back", () => {
    const { clock, thermostat } = thermostatLab();
    thermostat.setpoint = 60;
    clock.pass(300);
    thermostat.open_lid(20);
    clock.pass(5);
    expect(thermostat.lid_open).toBe(true);
    expect(thermostat.temperature).toBeLessThan(59);
    clock.pass(120);
    expect(thermostat.lid_open).toBe(false);
    expect(thermostat.temperature).toBeCloseTo(60, 0);
  });

  it("forgets all with reset", () => {
    const { clock, thermostat, controller } = thermostatLab();
    thermostat.setpoint = 90;
    clock.pass(300);
    thermostat.reset();
    clock.pass(20);
    // What the controller had gathered for 90 degrees is gone as well.
    expect(Math.abs(thermostat.temperature - 21.5)).toBeLessThan(0.3);
    Object.assign(controller, { setpoint: 90, enabled: false, output: 40 });
    clock.pass(100);
    thermostat.reset();
    expect(thermostat.temperature).toBe(21.5);
    expect(controller).toMatchObject({ setpoint: 21.5, enabled: true, output: 0, error: 0 });
  });

  it("has four sensors, also as a table in other units", () => {
    const { clock, thermostat } = thermostatLab();
    clock.pass(1);
    for (const [channel, celsius] of [21.32, 21.44, 21.56, 21.68].entries()) {
      expect(thermostat.read(channel)).toBeCloseTo(celsius, 0);
    }
    expect(thermostat.readings("K").map(({ place, unit }) => [place, unit])).toEqual([
      ["inlet", "K"],
      ["centre", "K"],
      ["edge", "K"],
      ["outlet", "K"],
    ]);
    expect(thermostat.readings("K")[0]?.temperature).toBeCloseTo(294.5, 0);
    expect(thermostat.readings("degF")[0]?.temperature).toBeCloseTo(70.4, 0);
  });

  it("streams readings at an interval, and has a history of one a second", async () => {
    const { clock, thermostat } = thermostatLab();
    const start = clock.now();
    const samples = await Array.fromAsync(thermostat.samples(5, 10));
    expect(samples).toHaveLength(5);
    expect(clock.now() - start).toBe(40);
    expect(thermostat.history(600)).toMatchObject({ shape: [40], unit: "degC" });
    clock.pass(2000);
    expect(thermostat.history(600).shape).toEqual([600]);
    expect(thermostat.history(7).shape).toEqual([7]);
  });

  it("does the same at every start, and something else with another seed", () => {
    const run = (seed: number) => {
      const { clock, thermostat } = thermostatLab(seed);
      thermostat.setpoint = 40;
      clock.pass(30);
      return [thermostat.temperature, thermostat.ambient, thermostat.read(0)];
    };
    expect(run(1)).toEqual(run(1));
    expect(run(2)).not.toEqual(run(1));
  });

  it("needs no time for the hours that nobody looked", () => {
    const { clock, thermostat } = thermostatLab();
    thermostat.setpoint = 40;
    clock.pass(1e9);
    expect(thermostat.temperature).toBeCloseTo(40, 1);
  });

  it.each([
    ["setpoint must be -40 to 150 degC, got 1000", { setpoint: 1000 }],
    ['setpoint must be -40 to 150 degC, got "warm"', { setpoint: "warm" }],
    ["setpoint must be -40 to 150 degC, got null", { setpoint: null }],
  ])("says %s", (message, values) => {
    const { thermostat, controller } = thermostatLab();
    for (const object of [thermostat, controller]) {
      expect(() => Object.assign(object, values)).toThrow(new RangeError(message));
    }
  });

  it("says which channels and units there are", () => {
    const { thermostat } = thermostatLab();
    for (const channel of [-1, 4, 1.5, "x", null] as number[]) {
      expect(() => thermostat.read(channel)).toThrow(
        new RangeError(`no channel ${channel}: channels are 0 to 3`),
      );
    }
    expect(() => thermostat.readings("R")).toThrow(
      new RangeError('unit must be "degC", "K" or "degF", got "R"'),
    );
    expect(() => thermostat.history(0)).toThrow(RangeError);
    expect(() => thermostat.open_lid(1000)).toThrow(RangeError);
  });
});

describe("the demo's controller", () => {
  it("is tuned by names: one of them swings", () => {
    const overshoot = (response: string) => {
      const { clock, thermostat, controller } = thermostatLab();
      controller.tune(response);
      clock.pass(10);
      thermostat.setpoint = 30;
      let highest = 0;
      for (let i = 0; i < 600; i++) {
        clock.pass(0.2);
        highest = Math.max(highest, thermostat.temperature);
      }
      return highest - 30;
    };
    expect(overshoot("nervous")).toBeGreaterThan(2 * overshoot("normal"));
    const { controller } = thermostatLab();
    expect(controller.tune("gentle")).toEqual({ kp: 1.5, ki: 0.03, kd: 0 });
    expect(controller.kp).toBe(1.5);
    expect(() => controller.tune("brutal")).toThrow('"gentle", "normal" or "nervous"');
  });

  it("lets its output be set while it is off, and takes over from there", () => {
    const { clock, controller } = thermostatLab();
    expect(() => {
      controller.output = 10;
    }).toThrow(new RangeError("output is set by the controller: set enabled to false first"));
    controller.enabled = false;
    controller.output = 10;
    clock.pass(600);
    expect(controller.output).toBe(10);
    controller.setpoint = 21.5 + 20; // where 30 W lead to
    controller.enabled = true;
    clock.pass(0.2);
    expect(controller.output).toBeGreaterThan(0);
    expect(controller.output).toBeLessThan(20);
  });

  it.each([
    [{ enabled: "perhaps" }, 'enabled must be true or false, got "perhaps"'],
    [{ kp: -1 }, "kp must be 0 to 1000, got -1"],
    [{ enabled: false, output: 101 }, "output must be -100 to 100 %, got 101"],
  ])("refuses %j", (values, message) => {
    const { controller } = thermostatLab();
    expect(() => Object.assign(controller, values)).toThrow(new RangeError(message));
  });
});
