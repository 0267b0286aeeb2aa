import { hostname } from "node:os";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Manager } from "../../../src/msl/manager/manager.ts";
import { checkLeaks } from "../../support/leaks.ts";
import { RawPeer } from "./raw-peer.ts";

checkLeaks();

const word = fc.constantFrom(
  "Manager",
  "Calc",
  "Evil",
  "Victim",
  "notification",
  "identity",
  "link",
  "unlink",
  "acquire_lock",
  "__disconnect__",
  "__proto__",
  "",
);
const value = fc.oneof(
  word,
  fc.constantFrom(null, true, 0, [], {}, ["Calc"], [["Calc"], {}], { shared: true }, "\ud800"),
);
const message = fc
  .dictionary(
    fc.constantFrom(
      "service",
      "attribute",
      "args",
      "kwargs",
      "uid",
      "uuid",
      "result",
      "error",
      "requester",
      "traceback",
      "type",
      "name",
    ),
    value,
    { maxKeys: 8 },
  )
  .map((one) => JSON.stringify(one));
const noise = fc.array(
  fc.constantFrom(...'{}[]:,"\\ \r', '"uid"', "client", "Calc", "NaN", "é", "\u0000", "\u0016"),
  { maxLength: 12 },
);
const line = fc.oneof(
  { weight: 3, arbitrary: message },
  noise.map((parts) => parts.join("")),
);

const identity = fc.constantFrom(
  { result: { type: "client", name: "Evil" } },
  { result: { type: "service", name: "Evil", attributes: {} } },
  { result: { type: "client", name: "Evil" }, uuid: "" },
  undefined,
);

it("whatever a peer sends, the others go on", async () => {
  await using manager = await Manager.start({ port: 0, disableTls: true, database: ":memory:" });
  await using service = await RawPeer.service(manager.port, "Calc");
  await using client = await RawPeer.client(manager.port, "Victim");
  const requester = `Victim[${hostname()}:${client.port}]`;
  let turn = 0;
  const check = async (lines: readonly string[], who: object | undefined) => {
    {
      await using evil = await RawPeer.connect(manager.port);
      const claim = who === undefined ? "" : `${JSON.stringify(who)}\n`;
      const forged = JSON.stringify({ result: "forged", requester, uid: `${turn}`, error: false });
      client.send({ service: "Calc", attribute: "a", args: [], kwargs: {}, uid: `${turn}` });
      evil.send(`${claim}${lines.join("\n")}\n${forged}\n${lines.join("\r\n")}\n`);
      // It is read before it goes.
      await evil.nextLine();
      evil.send('{"service":"Manager","attribute":"identity","uid":"end"}\n');
      await evil.nextLine();
    }
    // Requests of the hostile one may stand before it.
    let asked = await service.nextMessage();
    while (asked.requester !== requester) asked = await service.nextMessage();
    service.send({ result: "right", requester, uid: asked.uid, error: false });
    expect(await client.nextMessage()).toMatchObject({ result: "right", uid: `${turn++}` });
  };
  await fc.assert(fc.asyncProperty(fc.array(line, { maxLength: 8 }), identity, check), {
    numRuns: 1500,
  });
  expect(manager.connections).toBe(2);
}, 120_000);
