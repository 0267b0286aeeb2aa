import { expect } from "vitest";
import { freePort } from "../../support/ports.ts";
import { eachPairing } from "../pairings.ts";

const ORIGINALS = ["server_multiplexed", "server_threads"];

eachPairing("eventloop", {}, async ({ server, client }) => {
  for (const program of server.original ? ORIGINALS : ["server"]) {
    // Its name server is part of the example.
    const env = {
      PYRO_NS_PORT: String(await freePort()),
      PYRO_NS_BCPORT: String(await freePort()),
    };
    const ready = /Pyro\.NameServer@(\S+):\d+/;
    await using embedding = await server.start(program, { env, ready });
    await embedding.nextLine(/server uri=PYRO:/);
    if (server.original) await embedding.nextLine(/Waiting for requests/);
    const nameServer = { ...env, PYRO_NS_HOST: embedding.ready?.[1] ?? "" };
    const said = await client.run("client", { env: nameServer, input: [""] });
    expect(said).toMatch(/5\*11 ?= ?55\n/);
    expect(said).toMatch(/@{19}\n$/);
  }
});
