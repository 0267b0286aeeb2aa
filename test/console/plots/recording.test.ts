import { describe, expect, it } from "vitest";
import { fresh, type Live, stale, WAITING } from "../../../src/console/live/live.ts";
import type { Source } from "../../../src/console/live/source.ts";
import { added } from "../../../src/console/plots/layout.ts";
import { Plots } from "../../../src/console/plots/plots.ts";
import { Recording } from "../../../src/console/plots/recording.ts";
import { Observable } from "../../../src/objects/observable.ts";
import { NdArray } from "../../../src/values/ndarray.ts";

const CELSIUS: Source = { object: "t", kind: "attribute", member: "celsius" };
const at = (time: number, value: unknown): Live => ({
  ...fresh(value),
  sample: { time, value },
});

function record(source: Source = CELSIUS) {
  const live = new Observable<Live>(WAITING);
  return { live, recording: new Recording(source, { live, close() {} }) };
}

function numbersOf({ recorded }: Recording): number[][] {
  if (recorded.name !== "numbers") throw new TypeError(recorded.name);
  const { series } = recorded;
  return Array.from({ length: series.length }, (_, i) => [series.timeAt(i), series.valueAt(i)]);
}

describe("Recording", () => {
  it("keeps numbers, each once, with gaps where they were not to be believed", () => {
    const { live, recording } = record();
    expect(recording.recorded.name).toBe("nothing");
    live.set(at(1, 20));
    live.set(stale(live.value, "lost", 2));
    live.set(stale(live.value, "lost for longer", 3));
    live.set(at(5, 21));
    live.set(at(6, null));
    expect(numbersOf(recording)).toEqual([
      [1, 20],
      [2, Number.NaN],
      [5, 21],
      [6, Number.NaN],
    ]);
  });

  it("takes the part that its source is about", () => {
    const { live, recording } = record({ object: "stage", kind: "model", path: ["position"] });
    live.set(at(1, { version: 4, state: { position: 7, moving: false } }));
    expect(numbersOf(recording)).toEqual([[1, 7]]);
  });

  it("keeps rows of numbers as a waterfall, and the newest as it came", () => {
    const { live, recording } = record();
    live.set(at(1, [1, 2]));
    live.set(at(2, new NdArray(new Float32Array([3, 4]), { unit: "V" })));
    live.set(stale(live.value, "lost", 3));
    const { recorded, unit } = recording;
    if (recorded.name !== "rows") throw new TypeError(recorded.name);
    expect([recorded.waterfall.length, Array.from(recorded.row), unit]).toEqual([3, [3, 4], "V"]);
  });

  it("says so of what cannot be drawn", () => {
    const { live, recording } = record();
    live.set(at(1, "a text"));
    expect(recording.recorded.name).toBe("other");
  });
});

describe("Plots", () => {
  const HUMIDITY: Source = { ...CELSIUS, member: "humidity" };

  class Memory {
    text: string | null = null;
    getItem() {
      return this.text;
    }
    setItem(_: string, text: string) {
      this.text = text;
    }
  }

  function plotsOf(store: Memory) {
    const followed: string[] = [];
    const follow = (source: Source) => {
      const name = source.kind === "model" ? source.object : source.member;
      followed.push(`+${name}`);
      return { live: new Observable<Live>(WAITING), close: () => followed.push(`-${name}`) };
    };
    return { followed, plots: new Plots(follow, store) };
  }

  it("record a source once, while any plot shows it", () => {
    const { plots, followed } = plotsOf(new Memory());
    plots.change((layout) => added(layout, CELSIUS));
    const recording = plots.recordingOf(CELSIUS);
    plots.change((layout) => added(layout, CELSIUS));
    plots.change((layout) => added(layout, HUMIDITY, 1));
    expect(plots.recordingOf(CELSIUS)).toBe(recording);
    plots.change((layout) => layout.slice(1));
    expect(followed).toEqual(["+celsius", "+humidity", "-humidity"]);
    plots.change(() => []);
    expect(followed.at(-1)).toBe("-celsius");
    expect(plots.recordingOf(CELSIUS)).toBeUndefined();
  });

  it("are as they were when the page is opened again, and ask for nothing until they begin", () => {
    const store = new Memory();
    plotsOf(store).plots.change((layout) => added(layout, CELSIUS));
    const { plots, followed } = plotsOf(store);
    expect(plots.layout.value).toEqual([{ id: 1, sources: [CELSIUS] }]);
    expect(followed).toEqual([]);
    plots.begin();
    expect(followed).toEqual(["+celsius"]);
  });
});
