import { axe, type OpenPage } from "../support/chromium.ts";

/** Focus, as somebody sees and hears it who goes on with the key Tab. */
export interface Stop {
  /** Such as `a.brand "Bunsen"`. */
  readonly what: string;
  readonly faults: readonly string[];
}

/** What is wrong with a page for some of its readers: a line each. */
export async function pageFaults(page: OpenPage): Promise<readonly string[]> {
  return [...(await axe(page)), ...(await sidewaysFaults(page)), ...(await outlineFaults(page))];
}

/** A page may be read by its headings: one of the first rank, none left out, and a title of its own. */
async function outlineFaults(page: OpenPage): Promise<readonly string[]> {
  const ranks = (await page.evaluate(
    `[...document.querySelectorAll("main h1, main h2, main h3, main h4, main h5, main h6")]
      .filter((heading) => heading.checkVisibility())
      .map((heading) => [Number(heading.tagName[1]), heading.textContent])`,
  )) as readonly (readonly [rank: number, text: string])[];
  const faults = ranks
    .filter(([rank], i) => rank > (ranks[i - 1]?.[0] ?? 0) + 1)
    .map(([rank, text]) => `the heading "${text}" of rank ${rank} stands too deep`);
  const firsts = ranks.filter(([rank]) => rank === 1).length;
  if (firsts !== 1) faults.push(`there are ${firsts} headings of rank 1`);
  return faults;
}

/** Nothing makes the page itself scroll sideways, whatever its width; what is wide scrolls by itself. */
export async function sidewaysFaults(page: OpenPage): Promise<readonly string[]> {
  return (await page.evaluate(`(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const scrolls = (element) => {
      for (let at = element.parentElement; at; at = at.parentElement) {
        if (getComputedStyle(at).overflowX !== "visible") return true;
      }
      return false;
    };
    const wide = [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1 && !scrolls(element))
      .map((element) => "wider than " + clientWidth + " px: " + element.outerHTML.slice(0, 120));
    return wide.length > 0 ? wide.slice(0, 5) : ["the page is " + scrollWidth + " px wide"];
  })()`)) as readonly string[];
}

/** Where the focus comes by, from the top of the page to its end; at most `max` stops. */
export async function tabStops(page: OpenPage, max = 200): Promise<readonly Stop[]> {
  await page.evaluate("document.activeElement?.blur?.(); scrollTo(0, 0)");
  await page.evaluate("globalThis.stops = new Set()");
  const stops: Stop[] = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = (await page.evaluate(STOP)) as Stop | null;
    if (stop === null) return stops;
    if (stops.length >= max) throw new Error(`the focus never comes to an end: ${stop.what}`);
    stops.push(stop);
  }
}

/** Null at the end, or where the focus came before. */
const STOP = `(() => {
  const at = document.activeElement;
  if (!at || at === document.body || stops.has(at)) return null;
  stops.add(at);
  const name = (at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent ?? "").trim();
  const label = at.tagName.toLowerCase() + (at.className ? "." + at.className : "") + ' "' + name.slice(0, 60) + '"';
  const box = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  const faults = [];
  if (box.width < 1 || box.height < 1) faults.push(label + " cannot be seen");
  else if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
    faults.push(label + " has the focus out of sight");
  else {
    const over = document.elementFromPoint((box.left + box.right) / 2, (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2);
    if (over && !at.contains(over) && !over.contains(at) && !over.closest("label")) faults.push(label + " has the focus below " + over.outerHTML.slice(0, 80));
  }
  if (style.outlineStyle === "none" && style.boxShadow === "none") faults.push(label + " does not show that it has the focus");
  return { what: label, faults };
})()`;

/** What moves though its reader asked for less motion: a line each. */
export async function motionFaults(page: OpenPage): Promise<readonly string[]> {
  return (await page.evaluate(
    `document.getAnimations()
      .filter(({ playState, effect }) => playState === "running" && effect.getComputedTiming().duration > 1)
      .map(({ effect }) => "moves: " + effect.target?.outerHTML.slice(0, 120))`,
  )) as readonly string[];
}
