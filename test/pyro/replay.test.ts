import { afterAll, describe, expect, it } from "vitest";
import { type DaemonOptions, type ListenOptions, startNameServer } from "../../src/index.ts";
import {
  DELIBERATE_DIFFERENCES,
  deliberateDifferences,
  LEFT_OUT,
  wildcard,
} from "../support/deliberate-differences.ts";
import { goldenDaemon } from "../support/golden.ts";
import { RECORDED_KEY, recordedExchanges, replay } from "../support/replay.ts";

interface Server extends AsyncDisposable {
  readonly port: number;
}

const portOf = (address: string) => Number(address.split(":").at(-1));

async function golden(options: DaemonOptions = {}, listen: ListenOptions = {}): Promise<Server> {
  const daemon = goldenDaemon(options);
  const { address } = await daemon.listen("pyro://127.0.0.1:0", listen);
  return { port: portOf(address), [Symbol.asyncDispose]: () => daemon.close() };
}

async function nameServer(listen: ListenOptions = {}): Promise<Server> {
  const where = { host: "127.0.0.1", port: 0, broadcastPort: false } as const;
  const running = await startNameServer({ ...where, listen });
  return { port: portOf(`${running.uri}`), [Symbol.asyncDispose]: () => running.close() };
}

/** The recorded servers that were set up otherwise than by default. */
const SERVERS: Readonly<Record<string, () => Promise<Server>>> = {
  compressed: () => golden({}, { compression: true }),
  "daemon-annotations": () => golden({ annotations: () => new Map([["DMON", Uint8Array.of(1)]]) }),
  "handshake-denied": () => golden({}, { maxConnections: 0 }),
  "message-too-large": () => golden({}, { maxMessageBytes: 2000 }),
  "stream-disabled": () => golden({ maxStreams: 0 }),
  hmac: () => golden({}, { hmacKeys: [RECORDED_KEY] }),
  "hmac/server-has-no-key": golden,
  "nameserver-serpent": nameServer,
  "nameserver-json": nameServer,
  "nameserver-marshal": nameServer,
  "nameserver-msgpack": nameServer,
  "nameserver-hmac": () => nameServer({ hmacKeys: [RECORDED_KEY] }),
};

const EXCHANGES = ([5, 4] as const).flatMap(recordedExchanges);

describe.each([5, 4] as const)(
  "what Pyro%i clients sent is answered as Python did",
  (generation) => {
    const servers = new Map<string, Promise<Server>>();
    // One server for all exchanges that one Python server had, in their order: some see what others left.
    const serverOf = ({ group, name }: { group: string; name: string }) => {
      const key = [name, group].find((candidate) => candidate in SERVERS) ?? "default";
      const server = servers.get(key) ?? (SERVERS[key] ?? golden)();
      servers.set(key, server);
      return server;
    };
    afterAll(async () => {
      for (const server of servers.values()) await (await server)[Symbol.asyncDispose]();
    });

    const exchanges = EXCHANGES.filter(
      (exchange) => exchange.generation === generation && !(exchange.group in LEFT_OUT),
    );
    it.each(exchanges.map((exchange) => [exchange.name, exchange] as const))(
      "%s",
      async (_, exchange) => {
        const differences = await replay(exchange, (await serverOf(exchange)).port);
        const expected = deliberateDifferences(exchange).flatMap((rule) => rule.differences);
        expect(differences.sort()).toEqual(
          expected.sort().map((text) => expect.stringMatching(wildcard(text))),
        );
      },
    );
  },
);

describe("the list of deliberate differences", () => {
  it.each(DELIBERATE_DIFFERENCES.map((rule) => [rule.why, rule] as const))(
    "has no line that is about nothing: %s",
    (_, rule) => {
      for (const name of rule.exchanges) {
        const about = EXCHANGES.filter(
          (exchange) =>
            exchange.generation === (rule.generation ?? exchange.generation) &&
            wildcard(name).test(exchange.name),
        );
        expect(about, name).not.toEqual([]);
      }
    },
  );

  it("leaves out only what was recorded", () => {
    const groups = new Set(EXCHANGES.map((exchange) => exchange.group));
    expect(Object.keys(LEFT_OUT).filter((group) => !groups.has(group))).toEqual([]);
  });
});
