import { expect } from "vitest";
import { eachPairing, startEchoServer } from "../pairings.ts";

eachPairing("echoserver", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using echo = await startEchoServer(server.author);
  const said = await client.run("client", { answers: [`${echo.ready}`] });
  expect(said).toMatch(/got back.*hello\n.*\[ ?1, 2, 3, 4 ?\]/);
  expect(said).toMatch(/got (an item|element from remote iterator): one\n.* two\n.* three\n/);
  expect(said).toMatch(/ValueError: .*error from echoserver.*\n[\s\S]*remote traceback/i);
  expect(await echo.exit()).toEqual({ code: 0, signal: null });
});
