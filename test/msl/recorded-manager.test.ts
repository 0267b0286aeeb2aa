import { once } from "node:events";
import net from "node:net";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { expose } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { connectManager, startServices } from "../../src/msl/index.ts";
import { json } from "../../src/serializers/json.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { checkLeaks } from "../support/leaks.ts";
import { type Vector, vectors } from "../support/vectors.ts";

// A manager of 0.5 does not run on a Python of today. What one sent was recorded: here its lines are sent to our clients
// and services, with their own correlation ids.

type Line = Readonly<Record<string, unknown>>;

const read = (text: string) => json.decode(Buffer.from(text), PLAIN_HOOKS) as Line;
const recorded = (version: string, run: string) =>
  vectors("msl-network").filter((step) => step["version"] === version && step.name === run);
const linesOf = (steps: readonly Vector[], direction: string): string[] =>
  steps
    .filter((step) => step["direction"] === direction && step["raw"])
    .map((step) => String(step["raw"]));

/** Requests of a recorded client, each with the line that answered it. */
function exchanges(
  steps: readonly Vector[],
): { readonly request: Line; readonly answer: string }[] {
  const answers = linesOf(steps, "manager -> client");
  return linesOf(steps, "client -> manager")
    .map(read)
    .filter(({ service, attribute }) => service !== undefined && attribute !== "__disconnect__")
    .flatMap((request) => {
      const uuid = String(request["uuid"]);
      const answer = answers.find((line) => line.includes(uuid));
      return answer === undefined ? [] : [{ request, answer }];
    });
}

interface Script {
  /** What is asked before anything else. */
  readonly questions: readonly string[];
  /** The line that answers one from the other side. */
  answer(line: Line): string | undefined;
}

async function scripted({ questions, answer }: Script) {
  const heard: Line[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    const left = [...questions];
    const ask = () => socket.write(left.shift() ?? "");
    ask();
    createInterface(socket).on("line", (text) => {
      const line = read(text);
      heard.push(line);
      if (left.length > 0) ask();
      else socket.write(answer(line) ?? "");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `msl://127.0.0.1:${port}`,
    heard,
    send: (line: string) => sockets.forEach((socket) => void socket.write(line)),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const IDENTITY = { hostname: "labpc", port: 1875, clients: {}, services: {} };
const identityAnswer = (uuid: unknown) =>
  `${JSON.stringify({ result: IDENTITY, requester: "Alice[labpc:1]", uuid, error: false })}\r\n`;

describe("a manager of 0.5, as recorded", () => {
  checkLeaks();

  const questionsOf = (run: string, direction = "manager -> client") =>
    linesOf(recorded("0.5.0", run), direction)
      .filter((line) => read(line)["uuid"] === "" && read(line)["attribute"] !== undefined)
      .slice(0, run.startsWith("auth_login") ? 3 : run.startsWith("auth_password") ? 2 : 1);

  it.each(["link_unlink", "link_errors", "request_results", "request_errors", "max_clients"])(
    "answers our client: %s",
    async (run) => {
      const pairs = exchanges(recorded("0.5.0", run));
      expect(pairs.length).toBeGreaterThan(0);
      let next = 0;
      await using manager = await scripted({
        questions: questionsOf(run),
        answer(line) {
          const { attribute, uid } = line;
          if (attribute === "identity" || attribute === undefined) {
            return attribute ? identityAnswer(uid) : undefined;
          }
          const { request, answer } = pairs[next++] as (typeof pairs)[number];
          return answer.replace(String(request["uuid"]), String(uid));
        },
      });
      await using client = await connectManager(manager.url, { tls: false, logger: SILENT });
      for (const { request, answer } of pairs.filter(
        ({ request }) => request["attribute"] !== "identity",
      )) {
        const { service, attribute, args, kwargs } = request as unknown as {
          service: string;
          attribute: string;
          args: unknown[];
          kwargs: Record<string, unknown>;
        };
        const { error, result, message } = read(answer);
        const outcome = await client.request(service, attribute, args, kwargs).then(
          (value): { value?: unknown; message?: string } => ({ value }),
          (reason: Error) => ({ message: reason.message }),
        );
        // The key of a KeyError arrives without Python's quotes.
        const plain = (text: unknown) => String(text).replaceAll('"', "");
        if (!error) expect(outcome).toEqual({ value: result });
        else expect(plain(outcome.message)).toContain(plain(message).slice(0, 40));
      }
    },
  );

  it("is told its own password, and that of a user", async () => {
    const answer = ({ uid, attribute }: Line) => (attribute ? identityAnswer(uid) : undefined);
    const secrets = { tls: false, user: "bob", password: "of bob", managerPassword: "of manager" };
    for (const [run, expected] of [
      ["auth_password_ok", ["of manager"]],
      ["auth_login_ok", ["bob", "of bob"]],
    ] as const) {
      await using manager = await scripted({ questions: questionsOf(run), answer });
      await using _ = await connectManager(manager.url, { ...secrets, logger: SILENT });
      expect(manager.heard.map(({ result }) => result).slice(0, expected.length)).toEqual(expected);
    }
  });

  it("asks our service, and understands its answers", async () => {
    class Calc {
      add(x: number, y = 1) {
        return x + y;
      }
      fail() {
        throw new RangeError("x must be positive");
      }
    }
    expose(Calc, { add: true, fail: true });
    const steps = recorded("0.5.0", "request_errors");
    const asked = linesOf(steps, "manager -> service").filter((line) => read(line)["service"]);
    await using manager = await scripted({
      questions: questionsOf("connect_service", "manager -> service"),
      answer: ({ uid, attribute }) => (attribute ? identityAnswer(uid) : undefined),
    });
    await using _ = await startServices({ Calc: new Calc() }, manager.url, {
      tls: false,
      logger: SILENT,
    });
    const [fail] = asked.filter((line) => read(line)["attribute"] === "fail");
    manager.send(fail as string);
    const { uuid, requester } = read(fail as string);
    await expect
      .poll(() => manager.heard.at(-1))
      .toMatchObject({
        uuid,
        requester,
        error: true,
        message: "ValueError: x must be positive",
        result: null,
      });
    // Managers pass on what they do not look at.
    manager.send(`{"attribute": "add", "args": 1, "requester": "${requester}", "uuid": "odd"}\r\n`);
    await expect
      .poll(() => manager.heard.at(-1))
      .toMatchObject({
        uid: "odd",
        requester,
        error: true,
        message: expect.stringContaining('the "args" of a request are an array'),
      });
  });
});
