/** What the page shows. */
export type Route =
  /** The tree of the lab, of which only what was searched for is shown. */
  | { readonly name: "home"; readonly query: string }
  | { readonly name: "object"; readonly object: string }
  | { readonly name: "plots" }
  /** An address that means nothing: kept, so that it can be shown. */
  | { readonly name: "unknown"; readonly hash: string };

/**
 * Reads the part of an address behind `#`. It is there, and not in the path, for three reasons: paths below a gateway are
 * names of objects, a proxy may have the gateway below a path of its own, and links work without the gateway's help.
 */
export function readRoute(hash: string): Route {
  const text = hash.replace(/^#/, "");
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  const query = mark < 0 ? "" : text.slice(mark + 1);
  const [, first = "", ...rest] = path.split("/");
  if (path === "" || path === "/") {
    return { name: "home", query: new URLSearchParams(query).get("q") ?? "" };
  }
  if (first === "plots" && rest.length === 0) return { name: "plots" };
  const object = decoded(rest.join("/"));
  if (first === "object" && object) return { name: "object", object };
  return { name: "unknown", hash: text };
}

/** The address of a route: what a link has as its `href`. */
export function hrefOf(route: Route): string {
  switch (route.name) {
    case "home":
      return route.query === "" ? "#/" : `#/?${new URLSearchParams({ q: route.query })}`;
    case "object":
      // Slashes of a name stay: they are easier to read, and all that follows is the name.
      return `#/object/${route.object.split("/").map(encodeURIComponent).join("/")}`;
    case "plots":
      return "#/plots";
    default:
      return `#${route.hash}`;
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
