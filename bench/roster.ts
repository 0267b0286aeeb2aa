import type { Scenario } from "./contender.ts";

/** Where one side of a contender runs, and with what. */
export type Side =
  | { readonly runtime: "node"; readonly contender: string; readonly serializer?: string }
  | { readonly runtime: "python"; readonly serializer?: string };

export interface Contender {
  /** What `--contenders` takes. */
  readonly id: string;
  readonly title: string;
  readonly server: Side;
  readonly client: Side;
  /** The scenarios it takes part in; all where this is left out. */
  readonly only?: readonly Scenario[];
  /** For information: no goal looks at it, and quick runs leave it out. */
  readonly extra?: true;
}

const bunsen: Side = { runtime: "node", contender: "bunsen" };
const python: Side = { runtime: "python" };
const msgpack = { serializer: "msgpack" };
/** A serializer hardly touches the others. */
const SERIALIZED: readonly Scenario[] = ["sequential", "outstanding", "bytes", "streams"];

/** In the order of the table. Each side has its default settings, unless the title says otherwise. */
export const CONTENDERS: readonly Contender[] = [
  both("raw", "raw `net` echo", { runtime: "node", contender: "raw" }),
  {
    ...both("raw-piece", "raw `net` echo, in one piece", {
      runtime: "node",
      contender: "raw-piece",
    }),
    only: ["bytes"],
  },
  both("bunsen", "Bunsen", bunsen),
  { id: "bunsen-python", title: "Bunsen client, Pyro5 daemon", client: bunsen, server: python },
  { id: "python-bunsen", title: "Pyro5 client, Bunsen daemon", client: python, server: bunsen },
  both("python", "Pyro5", python),
  both("grpc", "@grpc/grpc-js", { runtime: "node", contender: "grpc" }),
  both("capnweb", "capnweb over WebSocket", { runtime: "node", contender: "capnweb" }),
  {
    id: "bunsen-python-msgpack",
    title: "Bunsen client, Pyro5 daemon, msgpack",
    client: { ...bunsen, ...msgpack },
    server: python,
    only: SERIALIZED,
    extra: true,
  },
  {
    id: "python-bunsen-msgpack",
    title: "Pyro5 client, Bunsen daemon, msgpack",
    client: { ...python, ...msgpack },
    server: bunsen,
    only: SERIALIZED,
    extra: true,
  },
  {
    id: "python-msgpack",
    title: "Pyro5, msgpack",
    client: { ...python, ...msgpack },
    server: python,
    only: SERIALIZED,
    extra: true,
  },
];

function both(id: string, title: string, side: Side): Contender {
  return { id, title, server: side, client: side };
}
