import { once } from "node:events";
import net from "node:net";
import { expect, it } from "vitest";
import { SILENT } from "../../src/log.ts";
import { connectManager, type MslClient } from "../../src/msl/index.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

const QUESTION =
  '{"attribute": "identity", "args": [], "kwargs": {}, "requester": "Manager[x:1]", "uid": "", "error": false}\r\n';
const IDENTITY = '{"hostname": "x", "port": 1, "clients": {}, "services": {}}';

/** Something at a port that says what the test wants: `speak` gets each line, and how to answer. */
async function peer(speak: (line: string, socket: net.Socket) => void, greeting = QUESTION) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.write(greeting);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) speak(line, socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return {
    connect: (options: object = {}): Promise<MslClient> =>
      connectManager(`msl://127.0.0.1:${port}`, {
        tls: false,
        logger: SILENT,
        connectTimeoutMs: 500,
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const uidOf = (line: string): string => JSON.parse(line).uid;
const answer = (line: string, result = IDENTITY) =>
  `{"result": ${result}, "uid": ${JSON.stringify(uidOf(line))}, "requester": "", "error": false}\r\n`;
/** As a manager does up to the end of the handshake; then `speak`. */
const afterwards =
  (speak: (line: string, socket: net.Socket) => void) => (line: string, socket: net.Socket) => {
    const { attribute } = JSON.parse(line);
    if (attribute === undefined) return;
    if (attribute === "identity") socket.write(answer(line));
    else speak(line, socket);
  };

it.each([
  ["HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "ERR_NOT_MSL"],
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x0a]), "ERR_NOT_MSL"],
  [
    "an error before any question",
    '{"error": true, "message": "ValueError: \'x\' is not a trusted hostname", "traceback": [], "uid": ""}\n',
    "ERR_LOGIN",
  ],
])("what greets with %s is told as what it is", async (_, greeting, code) => {
  await using server = await peer(() => {}, greeting as string);
  await expect(server.connect()).rejects.toMatchObject({ code });
});

it("a manager that says nothing, or hangs up, is not waited for", async () => {
  await using silent = await peer(() => {}, "");
  await expect(silent.connect()).rejects.toMatchObject({ code: "ERR_HANDSHAKE_TIMEOUT" });
  await using rude = await peer((_, socket) => socket.destroy());
  await expect(rude.connect()).rejects.toMatchObject({ code: "ERR_CONNECTION_LOST" });
});

it("blank lines, and answers that nobody waits for, are passed over", async () => {
  await using server = await peer(
    afterwards((line, socket) => {
      socket.write('\n{"result": 1}\n{"result": 1, "uid": "unknown"}\n{"uid": "unknown"}\n');
      socket.write('{"error": true, "message": "who?", "traceback": [], "uid": "unknown"}\n');
      socket.write('{"result": [[1], {}], "service": "Nobody", "uid": "notification"}\n');
      socket.write(answer(line, "NaN"));
    }),
  );
  await using client = await server.connect();
  expect(await client.request("Calc", "nan", [], null)).toBeNaN();
});

it("an answer that cannot be read fails its request, and no other", async () => {
  const lines: string[] = [];
  await using server = await peer(
    afterwards((line, socket) => {
      lines.push(line);
      if (lines.length < 2) return;
      socket.write(`{"uid": ${JSON.stringify(uidOf(lines[0] as string))}}\n`);
      socket.write(answer(lines[1] as string, "2"));
    }),
  );
  await using client = await server.connect();
  const outcomes = await Promise.allSettled([
    client.request("Calc", "one", [], null),
    client.request("Calc", "two", [], null),
  ]);
  expect(outcomes).toEqual([rejectedWith("ERR_BAD_ANSWER"), { status: "fulfilled", value: 2 }]);
});

it.each(["nonsense", "[1, 2]", `{"uid": 1, "result": ${"[".repeat(300)}${"]".repeat(300)}}`])(
  "an answer that does not say to what fails all that wait, and the connection goes on: %.20s",
  async (text) => {
    await using server = await peer(
      afterwards((line, socket) =>
        socket.write(line.includes('"odd"') ? `${text}\n` : answer(line, "7")),
      ),
    );
    await using client = await server.connect();
    await expect(client.request("Calc", "odd", [], null)).rejects.toMatchObject({
      code: "ERR_BAD_ANSWER",
      message: expect.stringContaining("Calc.odd"),
      retry: "unknown",
    });
    expect(await client.request("Calc", "even", [], null)).toBe(7);
  },
);

it("an answer that comes one byte at a time is read", async () => {
  await using server = await peer(
    afterwards((line, socket) => {
      const bytes = [...Buffer.from(answer(line, '"ä€😀"'))];
      const next = () => {
        const byte = bytes.shift();
        if (byte === undefined) return;
        socket.write(Uint8Array.of(byte));
        setImmediate(next);
      };
      next();
    }),
  );
  await using client = await server.connect();
  expect(await client.request("Calc", "text", [], null)).toBe("ä€😀");
});

it("a line over maxMessageBytes costs the connection, and whoever waits is told", async () => {
  await using server = await peer(
    afterwards((line, socket) => socket.write(answer(line, `"${"x".repeat(20_000)}"`))),
  );
  await using client = await server.connect({ maxMessageBytes: 10_000 });
  await expect(client.request("Calc", "long", [], null)).rejects.toMatchObject({
    code: "ERR_MESSAGE_TOO_LARGE",
  });
});

it("a connection that ends in the middle of an answer fails all that wait", async () => {
  await using server = await peer(
    afterwards((line, socket) => socket.end(answer(line).slice(0, 20))),
  );
  await using client = await server.connect();
  const outcomes = await Promise.allSettled(
    [1, 2].map(() => client.request("Calc", "f", [], null)),
  );
  expect(outcomes).toEqual([
    rejectedWith("ERR_CONNECTION_LOST"),
    rejectedWith("ERR_CONNECTION_LOST"),
  ]);
});

function rejectedWith(code: string) {
  return { status: "rejected", reason: expect.objectContaining({ code }) };
}
