import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("filetransfer", {}, async ({ server, client }) => {
  await using files = await server.start("server");
  const answers = [`${files.ready}`];
  const said = await client.run("client", { answers, input: ["", "", "", ""], timeoutMs: 60_000 });
  if (client.original) {
    expect(said.match(/^thread .* done, [\d.]+ Mb\/sec\./gm)).toHaveLength(8);
  } else {
    expect(said.match(/: \d+ MB, \d+ MB\/s$/gm)).toEqual([
      expect.stringContaining(": 10 MB"),
      expect.stringContaining(": 10 MB"),
      expect.stringContaining(": 52 MB"),
      expect.stringContaining(": 10 MB"),
    ]);
  }
});
