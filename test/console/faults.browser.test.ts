import { expect, it } from "vitest";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { servePages } from "../support/pages.ts";
import { motionFaults, pageFaults, sidewaysFaults, tabStops } from "./faults.ts";

const chromium = useChromium();

describeWithChromium("what is wrong with a page is found", () => {
  it("nothing, where nothing is", async () => {
    await using pages = await servePages({
      "/": `<h1>One</h1><h2>Two</h2><button>Go</button>
        <div style="overflow-x: auto" tabindex="0" role="region" aria-label="Table"><div style="width: 3000px">wide</div></div>`,
    });
    await using page = await chromium.open(pages.origin);
    expect(await pageFaults(page)).toEqual([]);
    expect(await motionFaults(page)).toEqual([]);
    expect(await tabStops(page)).toEqual([
      { what: 'button "Go"', faults: [] },
      { what: 'div "Table"', faults: [] },
    ]);
  });

  it("headings, width and names", async () => {
    await using pages = await servePages({
      "/": '<h1>One</h1><h3>Three</h3><div class="w" style="width: 3000px">wide</div><input>',
    });
    await using page = await chromium.open(pages.origin, { width: 360 });
    expect(await pageFaults(page)).toEqual([
      expect.stringMatching(/^label: input/),
      expect.stringMatching(/^wider than 360 px: <div class="w"/),
      'the heading "Three" of rank 3 stands too deep',
    ]);
    await page.evaluate("document.querySelector('.w').remove()");
    expect(await sidewaysFaults(page)).toEqual([]);
    await page.evaluate("document.querySelector('h1').remove()");
    expect(await pageFaults(page)).toContain("there are 0 headings of rank 1");
  });

  it("a focus that cannot be seen, and what moves", async () => {
    await using pages = await servePages({
      "/": `<h1>One</h1><button style="outline: none">a</button>
        <button style="position: absolute; left: -999px">b</button>
        <button style="position: fixed; top: 300px; left: 0">c</button>
        <div style="position: fixed; top: 200px; left: 0; width: 400px; height: 400px">over</div>
        <p id="p">moves</p>`,
    });
    await using page = await chromium.open(pages.origin);
    await page.evaluate(
      "document.querySelector('#p').animate({ opacity: [0.5, 1] }, { duration: 1000, iterations: Infinity })",
    );
    expect((await tabStops(page)).flatMap(({ faults }) => faults)).toEqual([
      'button "a" does not show that it has the focus',
      'button "b" has the focus out of sight',
      expect.stringMatching(/^button "c" has the focus below <div/),
    ]);
    expect(await motionFaults(page)).toEqual(['moves: <p id="p">moves</p>']);
  });
});
