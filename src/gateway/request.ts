/** Where a request leads. */
export type Route =
  | { readonly name: "home" }
  | { readonly name: "openapi" }
  /** `bunsen/browser` for pages. */
  | { readonly name: "client" }
  /** Below `/pyro/`, where no object is. */
  | { readonly name: "nothing" }
  | { readonly name: "unknown" }
  /** A method of the object that needs no name, as pages of pyro_support call it. */
  | { readonly name: "flaskify"; readonly object: string; readonly member: string }
  | { readonly name: "member"; readonly object: string; readonly member: string };

/** What a query or a form gives: texts, and lists of those that are there more than once. */
export type Parameters = Record<string, unknown>;

const HOME: Route = { name: "home" };

/**
 * Divides a request's target. @see spec of Pyro, "HTTP gateway".
 * @param root - The object that is called where none is named.
 */
export function readTarget(
  target: string,
  root?: string,
): { readonly route: Route; readonly query: string } {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  const route = routeOf(decoded(path));
  const isFlaskify = route.name === "unknown" && /^(\{|%7b)/i.test(query);
  if (!isFlaskify || root === undefined) return { route, query };
  return { route: { name: "flaskify", object: root, member: readPath(path) }, query };
}

function routeOf(path: string): Route {
  const plain = path.replace(/^\/+/, "");
  if (plain === "" || plain === "pyro/") return HOME;
  if (plain === "openapi.json") return { name: "openapi" };
  if (plain === "bunsen.js") return { name: "client" };
  if (!plain.startsWith("pyro/")) return { name: "unknown" };
  // The object's name may have slashes: the member is what follows the last.
  const [, object, member] = /^(.+)\/(.+)/.exec(plain.slice("pyro/".length)) ?? [];
  return object === undefined || member === undefined
    ? { name: "nothing" }
    : { name: "member", object, member };
}

function decoded(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Reads a query, or the body of a form in the same notation. Parameters without a value are left out, as in Python. */
export function readParameters(text: string, into: Parameters = {}): Parameters {
  if (text === "") return into;
  if (text.includes("%") || text.startsWith("?")) {
    for (const [key, value] of new URLSearchParams(text)) addParameter(into, key, value);
    return into;
  }
  // Without escapes the notation is as plain as this, and read in a third of the time.
  for (const part of text.split("&")) {
    const mark = part.indexOf("=");
    if (mark < 0) continue;
    addParameter(into, withSpaces(part.slice(0, mark)), withSpaces(part.slice(mark + 1)));
  }
  return into;
}

function withSpaces(text: string): string {
  return text.includes("+") ? text.replaceAll("+", " ") : text;
}

export function addParameter(into: Parameters, key: string, value: unknown): void {
  if (value === "") return;
  if (!Object.hasOwn(into, key)) {
    if (key !== "__proto__") into[key] = value;
    else {
      const property = { value, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(into, key, property);
    }
    return;
  }
  const known = into[key];
  if (Array.isArray(known)) known.push(value);
  else into[key] = [known, value];
}

/**
 * Reads a UUID in any of the forms that Python's `uuid.UUID` takes: with hyphens or without, in braces, as a URN.
 * @returns its usual form; undefined where it is none.
 */
export function readUuid(text: string): string | undefined {
  const digits = text.replace(/urn:|uuid:/g, "").replace(/^[{}]+|[{}]+$|-/g, "");
  const parts = /^([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/i.exec(digits);
  return parts?.slice(1).join("-").toLowerCase();
}

/** How a caller wants a stream, or bytes. */
export type Form = "json" | "events" | "lines" | "bytes";

/** What the header `Accept` asks for; the first that is known. */
export function wantedForm(accept: string | undefined): Form {
  for (const [type, form] of FORMS) if (accept?.includes(type)) return form;
  return "json";
}

const FORMS: readonly (readonly [type: string, form: Form])[] = [
  ["text/event-stream", "events"],
  ["application/x-ndjson", "lines"],
  ["application/octet-stream", "bytes"],
];

/** The object that a WebSocket's target names: `/lab.thermostat`. Empty where it names none. */
export function objectOf(target: string): { readonly object: string; readonly query: string } {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return {
    object: readPath(path),
    query: mark < 0 ? "" : target.slice(mark + 1),
  };
}

/** The name that a path is: without the slashes at its start, and with what is escaped in it. */
export function readPath(path: string): string {
  return decoded(path).replace(/^\/+/, "");
}
