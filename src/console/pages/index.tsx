import { useEffect } from "preact/hooks";
import type { Route } from "../router.ts";
import { HomePage } from "./home.tsx";
import { ObjectPage } from "./object.tsx";
import { PlotsPage } from "./plots.tsx";

/** The page of a route. */
export function Page({ route }: { readonly route: Route }) {
  useEffect(() => {
    document.title = titleOf(route);
  }, [route]);
  switch (route.name) {
    case "home":
      return <HomePage query={route.query} />;
    case "object":
      return <ObjectPage key={route.object} object={route.object} />;
    case "plots":
      return <PlotsPage />;
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
