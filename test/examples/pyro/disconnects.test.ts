import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("disconnects", {}, async ({ server, client }) => {
  await using object = await server.start("server", server.original ? {} : { args: ["1"] });
  const answers = [`${object.ready}`];
  await using caller = await client.start("client", { answers, ready: /result = +12345/ });
  if (client.original) {
    // It has no eye on its connection, so somebody must tell it when the silence was long enough.
    await object.nextLine(/^disconnected: /);
    caller.write("\n");
    await caller.nextLine(/Connection lost. REBINDING/);
  } else {
    await caller.nextLine(/the connection is lost/);
  }
  await caller.nextLine(/result = +12345/);
  expect(await caller.exit()).toEqual({ code: 0, signal: null });
});
