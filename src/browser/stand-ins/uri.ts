import { badUri, formatLocation, type Location } from "../../net/location.ts";

export { formatLocation };

/** As in `pyro/uri.ts`. */
export const CONNECTED_SOCKET: Location = { kind: "tcp", host: "<<connected-socket>>", port: 0 };
export const BY_GATEWAY: Location = { kind: "tcp", host: "<<gateway>>", port: 0 };

/** A URI as a gateway hands it out: an object at a place. Names are for the gateway to look up. */
export class PyroUri {
  readonly protocol = "PYRO";
  readonly object: string;
  readonly location: Location;

  constructor({ object, location }: { readonly object: string; readonly location: Location }) {
    this.object = object;
    this.location = location;
  }

  static fromState(state: unknown): PyroUri {
    const [, object, path, host, port] = Array.isArray(state) ? (state as unknown[]) : [];
    const location: Location = path
      ? { kind: "unix", path: String(path) }
      : { kind: "tcp", host: String(host), port: Number(port) };
    return new PyroUri({ object: String(object), location });
  }

  toState(): readonly unknown[] {
    const { location } = this;
    return location.kind === "unix"
      ? ["PYRO", this.object, location.path, null, null]
      : ["PYRO", this.object, null, location.host, location.port];
  }

  toString(): string {
    return `PYRO:${this.object}@${formatLocation(this.location)}`;
  }
}

export function parseUri(text: string): PyroUri {
  const [, object, path, host, port] =
    /^PYRO:([^@\s]+)@(?:\.\/u:(.+)|\[?([^\]]+)\]?:(\d+))$/i.exec(text) ?? [];
  if (object === undefined) throw badUri("invalid uri", text, "expected PYRO:object@host:port");
  return PyroUri.fromState(["PYRO", object, path, host, port]);
}
