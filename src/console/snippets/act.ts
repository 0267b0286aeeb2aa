/** What a person did, or is about to: the same in every language. */
export interface Act {
  readonly kind: "call" | "get" | "set" | "stream";
  readonly member: string;
  /** Of a call or stream; of `set` the value alone. */
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** What the result is, or each item of a stream, as far as it is known and makes a difference. */
  readonly gives?: "bytes" | "array" | undefined;
  /** Files that arguments were read from, by the bytes that they are. */
  readonly files?: ReadonlyMap<Uint8Array, string> | undefined;
}

/** The object that an act is for, and the ways to it. */
export interface Target {
  /** The gateway's origin, such as `http://lab:8080`. */
  readonly gateway: string;
  /** The object's name there. */
  readonly object: string;
  /** Whether the gateway asks for a key. */
  readonly asksForKey: boolean;
  /** Where the object itself is, past the gateway; undefined where that is not known. */
  readonly origin?: Origin | undefined;
}

/** An object's own address: `PYRO:…` and `PYRONAME:…` for Pyro, `msl://host:port/Service` for MSL-Network. */
export interface Origin {
  readonly dialect: "pyro5" | "pyro4" | "msl";
  readonly uri: string;
  /** The manager of MSL-Network speaks no TLS. */
  readonly plain?: boolean;
}

/** Text to copy, or why there is none. */
export type Snippet = { readonly text: string } | { readonly reason: string };

/** Where snippets take the gateway's key from: it is nothing to be copied around. The `bunsen` command looks there, too. */
export const KEY_VARIABLE = "BUNSEN_HTTPGATEWAY_KEY";

/** A name for the object in a program: the last part of its own that is one. */
export function variableName(object: string, taken: readonly string[] = []): string {
  const parts = object.match(/[A-Za-z_]\w*/g) ?? [];
  const name = (parts.at(-1) ?? "remote").replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (head) =>
    head.toLowerCase(),
  );
  return taken.includes(name) || /^_*$/.test(name) ? `${name}_` : name;
}

/** Whether a value, or one within it, is of a kind. */
export function holds(value: unknown, is: (value: unknown) => boolean): boolean {
  if (is(value)) return true;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  if (value instanceof Map) return [...value].some((entry) => holds(entry, is));
  const items = Symbol.iterator in value ? (value as Iterable<unknown>) : Object.values(value);
  for (const item of items) if (holds(item, is)) return true;
  return false;
}

/** Whether the result is bytes, in one piece. Those of a stream are items like others. */
export function givesBytes({ kind, gives }: Act): boolean {
  return gives === "bytes" && kind !== "stream";
}

/** All that an act sends. */
export function sent({ args, kwargs }: Act): readonly unknown[] {
  return [...args, ...Object.values(kwargs)];
}

/** `https://lab/pyro/lab.thermostat/read` */
export function httpUrl({ gateway, object }: Target, { member }: Act): string {
  return `${gateway}/pyro/${object.split("/").map(encodeURIComponent).join("/")}/${encodeURIComponent(member)}`;
}

/** `wss://lab/lab.thermostat` */
export function webSocketUrl({ gateway, object }: Target): string {
  return `${gateway.replace(/^http/, "ws")}/${encodeURIComponent(object)}`;
}
