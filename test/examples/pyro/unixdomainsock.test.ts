import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { documentedPorts } from "../../support/ports.ts";
import { eachPairing, originals } from "../pairings.ts";

const OURS = fileURLToPath(new URL("../../../examples/pyro", import.meta.url));

eachPairing("unixdomainsock", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using _turn = await documentedPorts(); // the name of the socket is always the same
  await using thingy = await server.start("server");
  // Its path is relative to the folder of the server, where the client is not.
  const folder = server.original ? join(originals, server.author.toLowerCase()) : OURS;
  const socket = join(folder, "unixdomainsock", "example_unix.sock");
  const uri = `${thingy.ready}`.replace("example_unix.sock", socket);
  const said = await client.run("client", { answers: [uri] });
  expect(said).toMatch(/Response was: Roger!\n$/);
  await thingy.nextLine(/Message received: Hello there!/);
  await thingy[Symbol.asyncDispose]();
  rmSync(socket, { force: true });
});

const title = "abstract";
if (process.platform === "linux") {
  eachPairing("unixdomainsock", { title }, async ({ server, client }) => {
    await using _turn = await documentedPorts();
    const ready = /'(PYRO:\S+@\S+)'/;
    await using thingy = await server.start("abstract_namespace_server", { ready });
    const said = await client.run("client", { answers: [thingy.ready?.[1] ?? ""] });
    expect(said).toMatch(/Response was: Roger!\n$/);
  });
}
