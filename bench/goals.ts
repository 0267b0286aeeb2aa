import type { Scenario } from "./contender.ts";
import type { Results } from "./rounds.ts";
import type { GatewayScenario } from "./web/scenario.ts";

/** One contender in one scenario. */
type Measured = readonly [contender: string, scenario: Scenario | GatewayScenario];

export interface Goal {
  readonly text: string;
  readonly of: Measured;
  /** Compared with the best of these. */
  readonly against: readonly Measured[];
  readonly factor: number;
}

const WEBSOCKETS = ["socketio", "rpc-websockets", "capnweb"] as const;

export const GOALS: readonly Goal[] = [
  {
    text: "sequential calls, to the raw echo",
    of: ["bunsen", "sequential"],
    against: [["raw", "sequential"]],
    factor: 0.7,
  },
  {
    text: "100 outstanding calls, to the raw echo",
    of: ["bunsen", "outstanding"],
    against: [["raw", "outstanding"]],
    factor: 0.4,
  },
  {
    text: "100 outstanding calls, to the best JavaScript peer",
    of: ["bunsen", "outstanding"],
    against: [
      ["grpc", "outstanding"],
      ["capnweb", "outstanding"],
    ],
    factor: 2,
  },
  {
    text: "1 MiB of bytes echoed, to the raw echo of messages in one piece",
    of: ["bunsen", "bytes"],
    against: [["raw-piece", "bytes"]],
    factor: 0.8,
  },
  {
    text: "the same, to the raw echo that passes chunks on as they were read",
    of: ["bunsen", "bytes"],
    against: [["raw", "bytes"]],
    factor: 0.8,
  },
  {
    text: "streamed items, to sequential frames of the raw echo",
    of: ["bunsen", "streams"],
    against: [["raw", "streams"]],
    factor: 4,
  },
  {
    text: "Bunsen's client with 100 outstanding calls on a Pyro5 daemon, to Pyro5's own client with threads",
    of: ["bunsen-python", "outstanding"],
    against: [["python", "outstanding"]],
    factor: 2,
  },
  {
    text: "the same, to Pyro5's own client with one proxy",
    of: ["bunsen-python", "outstanding"],
    against: [["python", "sequential"]],
    factor: 2,
  },
  {
    text: "Pyro5's client on a Bunsen daemon, to itself on its own, one proxy",
    of: ["python-bunsen", "sequential"],
    against: [["python", "sequential"]],
    factor: 1.3,
  },
  {
    text: "the same, with threads",
    of: ["python-bunsen", "outstanding"],
    against: [["python", "outstanding"]],
    factor: 1.3,
  },
  {
    text: "sequential calls over WebSocket, to the best of socket.io, rpc-websockets and capnweb",
    of: ["bunsen-websocket", "sequential"],
    against: WEBSOCKETS.map((id) => [id, "sequential"]),
    factor: 1,
  },
  {
    text: "the same with 100 outstanding calls",
    of: ["bunsen-websocket", "outstanding"],
    against: WEBSOCKETS.map((id) => [id, "outstanding"]),
    factor: 2,
  },
  ...(
    [
      ["gateway-python", "to an object in Python"],
      ["gateway-own", "to an object of its own"],
    ] as const
  ).flatMap(([id, where]): Goal[] => [
    {
      text: `calls by HTTP ${where}, to Pyro5's gateway, one connection`,
      of: [id, "http 1"],
      against: [["gateway-pyro", "http 1"]],
      factor: 10,
    },
    {
      text: "the same, 64 connections",
      of: [id, "http 64"],
      against: [["gateway-pyro", "http 64"]],
      factor: 25,
    },
  ]),
];

/** The factor in each round; empty where something was not measured. */
export function measuredFactors({ of, against }: Goal, results: Results): number[] {
  const reference = bestOf(against.map((measured) => results.of(...measured)));
  return ratiosTo(reference, results.of(...of));
}

/** `values` in units of `reference`, each in the round in which both were measured. */
export function ratiosTo(reference: readonly number[], values: readonly number[]): number[] {
  return values
    .slice(0, reference.length)
    .map((value, round) => value / (reference[round] as number));
}

function bestOf(series: readonly (readonly number[])[]): number[] {
  const rounds = Math.min(...series.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    Math.max(...series.map((values) => values[round] as number)),
  );
}
