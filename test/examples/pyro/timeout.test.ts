import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

// Deadlines keep their time, so the programs run at the clock's pace; ours counts faster seconds.
eachPairing("timeout", { hurry: 1 }, async ({ server, client }) => {
  await using _serving = await server.start("server", { ready: /Server ready/ });
  await using waiting = client.original
    ? // The original checks with `assert` that each takes as long as it should; on a busy machine that may fail.
      await client.start("client", { env: { PYTHONOPTIMIZE: "1" }, ready: /No timeout/ })
    : await client.start("client", { args: ["200"], ready: /No timeout/ });
  if (client.original)
    await waiting.nextLine(/Disabling timeout and trying to connect again/, 30_000);
  else expect(await waiting.exit()).toEqual({ code: 0, signal: null });
  expect(waiting.stdout.match(/TimeoutError! As expected!/g)).toHaveLength(3);
  expect(waiting.stdout).not.toContain("!?");
  if (!client.original) expect(waiting.stdout).toMatch(/slept 0?\.?\d* ?seconds/);
});
