import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("usersession", { with: ["Pyro5", "Pyro4"], hurry: 5 }, async (pairing) => {
  const { server, client, registered } = pairing;
  await using serving = await server.start("server");
  await registered("example.usersession.sessiondb");
  await registered("example.usersession.singletondb");
  await using users = await client.start("client", { input: ["", ""], ready: /\*\*\*/ });
  expect(await users.exit()).toEqual({ code: 0, signal: null });
  const said = users.stdout;
  // Each session has a connection of its own; the one of the singleton breaks when two use it.
  const [, inTurn = "", , sessions = "", single = ""] = said.split(/\n?\*\*\*\*\* /);
  expect(inTurn).not.toMatch(/rror/);
  expect(sessions.match(/num ?= ?10\d/g)).toHaveLength(6);
  expect(single + users.stderr).toMatch(/concurrent connection access/);
  expect(serving.stdout.match(/new instance and connection for user: user123/g)).toHaveLength(4);
});
