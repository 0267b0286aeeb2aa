import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Route } from "../router.ts";
import { HomePage } from "./home.tsx";

/** The page of a route. */
export function Page({ route }: { readonly route: Route }) {
  useEffect(() => {
    document.title = titleOf(route);
  }, [route]);
  useEffect(() => {
    // The first page is there: the others are fetched while nobody waits for them.
    const timer = setTimeout(fetchOthers, 1_000);
    return () => clearTimeout(timer);
  }, []);
  switch (route.name) {
    case "home":
      return <HomePage query={route.query} />;
    case "object":
      return <Later key={route.object} load={LATER.object} object={route.object} />;
    case "plots":
      return <Later key="" load={LATER.plots} object="" />;
    default:
      return (
        <>
          <h1>There is no such page</h1>
          <p>
            Nothing is at <code>#{route.hash}</code>. <a href="#/">All that is in the lab</a>
          </p>
        </>
      );
  }
}

function fetchOthers(): void {
  // One that fails is asked for again when somebody goes there.
  for (const load of Object.values(LATER)) load().catch(() => {});
}

/** Draws a page that came later; `object` is empty where it is of none. */
type Draw = (object: string) => JSX.Element;

/** Pages that are not needed to see what there is: each comes with what it alone needs. */
const LATER = {
  async object(): Promise<Draw> {
    const { ObjectPage } = await import("./object.tsx");
    return (object) => <ObjectPage object={object} />;
  },
  async plots(): Promise<Draw> {
    const { PlotsPage } = await import("./plots.tsx");
    return () => <PlotsPage />;
  },
};

interface LaterProps {
  readonly load: () => Promise<Draw>;
  readonly object: string;
}

type Loading =
  | { readonly name: "loading" | "failed" }
  | { readonly name: "loaded"; readonly draw: Draw };

function Later({ load, object }: LaterProps) {
  const [state, setState] = useState<Loading>({ name: "loading" });
  useEffect(() => {
    let isShown = true;
    const show = (loading: Loading) => isShown && setState(loading);
    load().then(
      (draw) => show({ name: "loaded", draw }),
      () => show({ name: "failed" }),
    );
    return () => {
      isShown = false;
    };
  }, [load]);
  if (state.name === "loaded") return state.draw(object);
  if (state.name === "loading") return null;
  return (
    <p role="alert">
      This page could not be fetched: the gateway is away, or has another version by now.{" "}
      <button type="button" onClick={() => location.reload()}>
        Load again
      </button>
    </p>
  );
}

function titleOf(route: Route): string {
  switch (route.name) {
    case "object":
      return `${route.object} · Bunsen`;
    case "plots":
      return "Plots · Bunsen";
    default:
      return "Lab · Bunsen";
  }
}
