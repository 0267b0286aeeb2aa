import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("deadlock", { with: ["Pyro4"] }, async ({ server, client }) => {
  await using bouncer = await server.start("server", { ready: /Bouncer started/ });
  await using caller = await client.start("client", { ready: /I'm Client ?, bouncing back/ });
  await bouncer.nextLine(/I'm Server ?, bouncing back/);
  if (client.original) {
    // It is in a deadlock with itself, as it promised. Our server is not: another one gets as far.
    await using another = await client.start("client", { ready: /I'm Client ?, bouncing back/ });
    expect(caller.stdout + another.stdout).not.toContain("Result");
    return;
  }
  expect(await caller.exit()).toEqual({ code: 0, signal: null });
  expect(caller.stdout).toMatch(/Result = [\s\S]*complete at Server/);
  expect(caller.stdout.includes("Deadlock")).toBe(server.original);
});
