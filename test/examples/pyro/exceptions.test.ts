import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("exceptions", {}, async ({ server, client }) => {
  await using failing = await server.start("server");
  await using caller = await client.start("client", { ready: /0\.2222/ });
  // Both end with an error that nobody catches.
  expect(await caller.exit()).toEqual({ code: 1, signal: null });
  const said = caller.stdout;
  expect(said).toMatch(/by zero/);
  expect(said).toMatch(/a valueerror! Great!/);
  expect(said).toMatch(/a runtime error!/);
  expect(said).toMatch(/one-?way call simply succee/);
  expect(said).not.toContain("SHOULD NOT HAPPEN");
  // Python's serpent takes a function for an instance of a class, and its own client refuses that.
  const refused =
    /UNSERIALIZABLE ERROR:|unserializable: .*(cannot be sent|__class__: 'builtins\.function')/;
  expect(said).toMatch(refused);
  expect(caller.stderr).toMatch(/remote traceback/i);
  expect(caller.stderr).toMatch(/crash2/);
  await failing.nextLine(/ERROR IN METHOD CALL/);
});
