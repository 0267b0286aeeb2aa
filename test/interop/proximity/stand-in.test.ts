import { afterAll, beforeAll, expect, it } from "vitest";
import { Request } from "zeromq";
import { decodePayload } from "../../../src/proximity/payload.ts";
import { classes } from "../../../src/values/classes.ts";
import { freePort } from "../../support/ports.ts";
import { describeWithPython, type PythonPeer, spawnPython } from "../../support/python.ts";
import { fromHex, type Vector, vectors } from "../../support/vectors.ts";

// The original runs on Python 2 alone. What stands in for it here, where it is spoken with, says what it was recorded to.

const SERVER = new URL("../peers/proximity_server.py", import.meta.url);
const all = vectors("pyproximity");

describeWithPython.each(["msgpack", "json"] as const)("the stand-in, in %s", (encoding) => {
  let server: PythonPeer;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    server = await spawnPython(SERVER, [String(port), encoding], { ready: /READY/ });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const recorded = all
    .filter(({ name }) => /^(mp|json|py3)\.[\w-]+\.1$/.test(name))
    .filter((asked) => asked["encoding"] === encoding && asked["frames"].length > 0)
    .map((asked) => [asked.name, asked] as const);

  it("has questions enough", () => expect(recorded.length).toBeGreaterThan(19));

  it.each(recorded)("answers as the original: %s", async (name, asked) => {
    const read = (bytes: Uint8Array) => decodePayload(bytes, { encoding, classes });
    const answered = all.find((vector) => vector.name === name.replace(/1$/, "2")) as Vector;
    const socket = new Request({ linger: 0, receiveTimeout: 20_000 });
    socket.connect(`tcp://127.0.0.1:${port}`);
    await socket.send(Buffer.from(payloadOf(asked)));
    const [answer] = await socket.receive();
    socket.close();
    const got = read(answer as Buffer);
    const expected = read(payloadOf(answered));
    const listed = pairsIn(expected);
    if (listed) {
      // The order of Python 2 is arbitrary, and the stand-in has methods for tests of its own.
      const known = new Map(pairsIn(got));
      for (const [method, usage] of listed) {
        if (known.has(method)) expect(known.get(method)).toBe(usage);
      }
      expect(listed.filter(([method]) => known.has(method)).length).toBeGreaterThan(0);
    } else expect(withoutPlaces(got, name)).toEqual(withoutPlaces(expected, name));
  });
});

function payloadOf({ frames }: Vector): Uint8Array {
  return fromHex((frames as string[]).at(-1) as string);
}

function pairsIn(value: unknown): [string, string][] | undefined {
  return Array.isArray(value) && Array.isArray(value[0])
    ? (value as [string, string][])
    : undefined;
}

/** Less what differs between Python 2 and 3: files and lines of a traceback, the mark of unicode, the words for arity. */
function withoutPlaces(value: unknown, name: string): unknown {
  const text = JSON.stringify(value).replace(/u'nobody'/g, "'nobody'");
  const plain = JSON.parse(text) as { EXCEPTION?: [string, string, string[]] };
  if (!plain?.EXCEPTION || /lookalike/.test(name)) return plain;
  const [type, said, lines] = plain.EXCEPTION;
  const functions = lines.map((line) => /, in (\w+)\n/.exec(line)?.[1]);
  return { EXCEPTION: [type, /arity/.test(name) ? "" : said, functions] };
}
