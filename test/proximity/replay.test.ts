import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Request, Router } from "zeromq";
import { Daemon, SILENT } from "../../src/index.ts";
import { ProximityChannel } from "../../src/proximity/channel.ts";
import { decodePayload, type Encoding } from "../../src/proximity/payload.ts";
import { TimeDelta } from "../../src/proximity/time-delta.ts";
import { classes } from "../../src/values/classes.ts";
import { checkLeaks } from "../support/leaks.ts";
import { fromHex, toHex, type Vector, vectors } from "../support/vectors.ts";

checkLeaks();

/** One question of a stock client and what the stock server answered, as they travelled. */
interface Conversation {
  readonly name: string;
  readonly encoding: Encoding;
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

interface Asked {
  readonly name: string;
  readonly proc: string;
  readonly args: unknown[];
  readonly kwargs: Record<string, unknown>;
}

const read = (bytes: Uint8Array, encoding: Encoding) => decodePayload(bytes, { encoding, classes });
const payloadOf = ({ frames }: Vector) => fromHex((frames as string[]).at(-1) as string);

const all = vectors("pyproximity");
const conversations: Conversation[] = all
  .filter(({ name }) => /^(mp|json|py3|rr3json|rr3mp)\.[\w-]+\.1$/.test(name))
  .filter(({ name }) => !/garbage/.test(name))
  .flatMap((asked) => {
    const answered = all.find(({ name }) => name === asked.name.replace(/1$/, "2"));
    if (!answered || asked["frames"].length === 0 || answered["frames"].length === 0) return [];
    const { encoding } = asked;
    const name = asked.name.slice(0, -2);
    return [{ name, encoding, request: payloadOf(asked), answer: payloadOf(answered) }];
  });
const cases = conversations.map((conversation) => [conversation.name, conversation] as const);

it("there are conversations of every generation", () => {
  const prefixes = new Set(conversations.map(({ name }) => name.split(".")[0]));
  expect([...prefixes].sort()).toEqual(["json", "mp", "py3", "rr3json", "rr3mp"]);
  expect(conversations.length).toBeGreaterThan(55);
});

describe("our client, with what a stock server answered", () => {
  it.each(cases)("%s", async (name, { encoding, request, answer }) => {
    const asked = read(request, encoding) as Asked;
    await using server = await replayer(answer);
    const channel = new ProximityChannel(`${server.uri}/${asked.name}`, { encoding });
    try {
      if (asked.proc === "list_methods" && !/shadow/.test(name)) {
        const open = channel.open();
        if (/unknown-interface/.test(name)) {
          await expect(open).rejects.toMatchObject({ code: "ERR_UNKNOWN_OBJECT" });
        } else {
          await open;
          const listed = read(answer, encoding) as [string, string][];
          expect([...(channel.description?.members.keys() ?? [])]).toEqual(listed.map(([m]) => m));
        }
      } else {
        const { proc: member, args, kwargs } = asked;
        const call = channel.call({ member, kind: "call", args, kwargs, options: {} });
        if (/exception|unknown|unencodable/.test(name)) {
          await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
        } else expect(await call).toEqual(read(answer, encoding));
      }
      // The very bytes, where there is one way to write them.
      const sent = server.requests.filter((bytes) => read(bytes, encoding) !== null);
      if (/^(mp|rr3mp)/.test(name) && !Object.hasOwn(asked.kwargs, "y")) {
        expect(sent.map(toHex)).toContain(toHex(request));
      } else expect(sent.map((bytes) => read(bytes, encoding))).toContainEqual(asked);
    } finally {
      await channel.close();
    }
  });
});

class Maths {
  add_two(x: number, y: number): number {
    if (y === undefined) throw new TypeError("add_two() takes exactly 3 arguments (2 given)");
    return x + y;
  }
  div_two(x: number, y: number): number {
    if (y === 0) throw new ZeroDivisionError("integer division or modulo by zero");
    return Math.floor(x / y);
  }
  greet(name: string, greeting = "hello", ...rest: unknown[]): unknown {
    return [greeting, name, rest];
  }
  echo(v: unknown): unknown {
    return v;
  }
  nothing(): void {}
  pair(): unknown[] {
    return [1, "two"];
  }
  now(): Date {
    return new Date("2014-10-02T11:47:05.250Z");
  }
  span(): TimeDelta {
    return new TimeDelta(3600.5);
  }
  unpackable(): unknown {
    return () => {};
  }
  looks_like_error(): unknown {
    return { EXCEPTION: ["Fake", "not an error", []] };
  }
}

class ZeroDivisionError extends Error {
  override readonly name = "ZeroDivisionError";
}

const cat = (says: string) => ({ cat: () => says, _hidden: () => "secret" });

describe("our server, asked what stock clients asked", () => {
  let daemon: Daemon;
  let endpoint: string;

  beforeEach(async () => {
    daemon = new Daemon({ logger: SILENT });
    daemon.register("maths", new Maths(), { expose: /./ });
    daemon.register("animals", cat("meow"), { expose: /./ });
    daemon.register("animals.angry", cat("hiss"), { expose: /./ });
  });
  afterEach(() => daemon.close());

  it.each(cases)("%s", async (name, { encoding, request, answer }) => {
    const exceptions = name.startsWith("rr3") ? "list" : "map";
    const { address } = await daemon.listen("proximity://127.0.0.1:0", {
      proximity: { exceptions },
    });
    endpoint = `tcp://${address}`;
    const got = read(await ask(request), encoding);
    const expected = read(answer, encoding) as never;
    const asked = read(request, encoding) as Asked;
    if (asked.proc === "list_methods" && Array.isArray(got) && got[0] !== "Interface error") {
      // Python's order is arbitrary, and its documentation another's.
      const names = (list: unknown) => (list as [string, string][]).map(([method]) => method);
      for (const method of names(expected)) {
        if (Object.hasOwn(Maths.prototype, method)) expect(names(got)).toContain(method);
      }
      for (const [method, usage] of got as [string, string][]) {
        expect(usage).toMatch(new RegExp(`^usage: ${method}\\(.*\\)\\n`));
      }
    } else if (/underscore/.test(name)) {
      expect(exceptionIn(got)).toEqual(["KeyError", "'_hidden'"]);
    } else if (/unencodable/.test(name)) {
      expect(exceptionIn(got)).toEqual(["TypeError", expect.any(String)]);
    } else if (/exception\b(?!-look)|exception-arity/.test(name)) {
      // A class of our own is a RuntimeError to Python.
      expect(exceptionIn(got)?.[1]).toBe(exceptionIn(expected)?.[1]);
    } else if (/call-varargs/.test(name)) {
      // JavaScript takes no names that it has not declared.
      expect(exceptionIn(got)).toEqual([
        "TypeError",
        expect.stringMatching(/^greet\(\) got an unexpected keyword argument 'extra'/),
      ]);
    } else if (exceptionIn(expected)) {
      const [name, text] = exceptionIn(expected) as string[];
      // Python 2 marks text that JSON made.
      expect(exceptionIn(got)).toEqual([name, text?.replace(/^u'/, "'")]);
    } else if (/unknown-interface/.test(name)) {
      // Python 2 marks text that JSON made.
      expect(got).toEqual(["Interface error", "'nobody'"]);
    } else expect(got).toEqual(expected);
  });

  async function ask(payload: Uint8Array): Promise<Uint8Array> {
    const socket = new Request({ linger: 0, receiveTimeout: 5000 });
    socket.connect(endpoint);
    try {
      await socket.send(Buffer.from(payload));
      const [answer] = await socket.receive();
      return answer as Uint8Array;
    } finally {
      socket.close();
    }
  }
});

/** Class and text of an exception, in either shape. */
function exceptionIn(value: unknown): unknown[] | undefined {
  const record = value as { EXCEPTION?: unknown[] } | null;
  if (Array.isArray(value) && value[1] === "EXCEPTION") return (value[2] as unknown[]).slice(0, 2);
  return record?.EXCEPTION?.slice(0, 2);
}

interface Replayer extends AsyncDisposable {
  readonly uri: string;
  readonly requests: Uint8Array[];
}

/** A server that gives the recorded answer to whatever it is asked; asked for the empty name, what stock ones say. */
async function replayer(answer: Uint8Array): Promise<Replayer> {
  const socket = new Router({ linger: 0 });
  await socket.bind("tcp://127.0.0.1:*");
  const requests: Uint8Array[] = [];
  const serving = (async () => {
    for await (const [routing, id, delimiter, payload] of socket) {
      if (!payload) continue;
      requests.push(payload);
      const isProbe = /name"?: ?""|name\xa0/.test(Buffer.from(payload).toString("latin1"));
      const interfaceError = payload[0] === 0x7b ? `["Interface error", "''"]` : PROBE_ANSWER;
      const said = isProbe ? interfaceError : answer;
      if (!socket.closed) await socket.send([routing, id, delimiter, said] as Buffer[]);
    }
  })();
  return {
    uri: (socket.lastEndpoint as string).replace("tcp:", "proximity:"),
    requests,
    async [Symbol.asyncDispose]() {
      socket.close();
      await serving;
    },
  };
}

const PROBE_ANSWER = Buffer.from("\x92\xafInterface error\xa2''", "latin1");
