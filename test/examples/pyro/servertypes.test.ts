import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

for (const [answer, title] of [
  ["t", "threaded"],
  ["m", "multiplex"],
] as const) {
  eachPairing("servertypes", { title, hurry: 20 }, async ({ server, client, registered }) => {
    await using serving = await server.start("server", { answers: [answer], ready: /PYRO:/ });
    await registered("example.servertypes");
    const said = await client.run("client");
    // One-way calls run in the background, whatever the type.
    const completed = [...said.matchAll(/completed calls in the server: (\d+)/g)];
    expect(completed.map(([, count]) => count)).toEqual(["0", "10", "5"]);
    const calls = [...said.matchAll(/processed by: ([^\]\n]*\w)/g)].map(([, by]) => by);
    expect(calls).toHaveLength(10);
    const oneByOne = new Set(calls.slice(0, 5));
    const together = new Set(calls.slice(5));
    expect(oneByOne.size).toBe(1);
    if (answer === "m") expect(together.size).toBe(1);
    // Threads of Python are five; Node's only one counts the calls that run at once.
    else expect(together.size).toBeGreaterThan(1);
    expect(serving.stderr).not.toMatch(/Error/);
  });
}
