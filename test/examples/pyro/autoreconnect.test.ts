import { documentedPorts } from "../../support/ports.ts";
import { eachPairing } from "../pairings.ts";

eachPairing("autoreconnect", { title: "by URI" }, async ({ server, client }) => {
  await using _turn = await documentedPorts(); // the server's port is the same each time
  const uri = "PYRO:example.autoreconnect_fixed_objectid@localhost:7777";
  const first = await server.start("server");
  await using caller = await client.start("client", { answers: [uri], ready: /^call/ });
  await first.nextLine(/Method called with 42/);
  await first[Symbol.asyncDispose]();
  await caller.nextLine(/Connection lost/);
  await using second = await server.start("server");
  await second.nextLine(/Method called with 42/);
});

eachPairing("autoreconnect", { title: "by name" }, async ({ server, client }) => {
  const ready = /Server started/;
  const first = await server.start("serverNS", { ready });
  await using caller = client.original
    ? await client.start("clientNS", { ready: /^call/ })
    : await client.start("client", { answers: ["PYRONAME:example.autoreconnect"], ready: /^call/ });
  await first.nextLine(/Method called with 42/);
  await first[Symbol.asyncDispose]();
  await caller.nextLine(/Connection lost/);
  await using second = await server.start("serverNS", { ready });
  await second.nextLine(/Method called with 42/);
});
