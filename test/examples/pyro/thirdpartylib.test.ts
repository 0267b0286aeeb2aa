import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

for (const [program, title] of [
  ["server", "as it is"],
  ["server2", "with an adapter"],
] as const) {
  eachPairing("thirdpartylib", { with: ["Pyro5", "Pyro4"], title }, async ({ server, client }) => {
    await using library = await server.start(program);
    const said = await client.run("client", { answers: [`${library.ready}`] });
    expect(said).toMatch(/(^|: )awesome\n/);
    const adapted = program === "server2";
    const weird = adapted ? "weird awesome" : "couldn't call weird|weird: [\\s\\S]*WeirdReturnType";
    expect(said).toMatch(new RegExp(weird));
    // Python's `expose` takes the whole class; ours what is named.
    const all = server.original && !adapted;
    expect(said).toMatch(all ? /boo\n$/ : /couldn't call private|private: .*unexposed/);
    await library.nextLine(/Awesome object is called with: +how are you\?/);
  });
}
