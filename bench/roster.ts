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
const CALLS: readonly Scenario[] = ["sequential", "outstanding"];

/** In the order of the table. Each side has its default settings, unless the title says otherwise. */
export const CONTENDERS: readonly Contender[] = [
  inNode("raw", "raw `net` echo"),
  { ...inNode("raw-piece", "raw `net` echo, in one piece"), only: ["bytes"] },
  both("bunsen", "Bunsen", bunsen),
  { id: "bunsen-python", title: "Bunsen client, Pyro5 daemon", client: bunsen, server: python },
  { id: "python-bunsen", title: "Pyro5 client, Bunsen daemon", client: python, server: bunsen },
  both("python", "Pyro5", python),
  inNode("grpc", "@grpc/grpc-js"),
  inNode("capnweb", "capnweb over WebSocket"),
  { ...inNode("bunsen-websocket", "Bunsen over WebSocket"), only: CALLS },
  { ...inNode("bunsen-browser", "the same, by `bunsen/browser` on Node's WebSocket"), only: CALLS },
  { ...inNode("socketio", "socket.io with acknowledgements"), only: CALLS },
  { ...inNode("rpc-websockets", "rpc-websockets"), only: CALLS },
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

/** Both sides are the file of that name in `contenders/`. */
function inNode(id: string, title: string): Contender {
  return both(id, title, { runtime: "node", contender: id });
}

function both(id: string, title: string, side: Side): Contender {
  return { id, title, server: side, client: side };
}
