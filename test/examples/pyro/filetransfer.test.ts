import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("filetransfer", {}, async ({ server, client }) => {
  await using files = await server.start("server");
  const answers = [`${files.ready}`];
  const said = await client.run("client", { answers, input: ["", "", "", ""], timeoutMs: 60_000 });
  if (client.original) {
    // Its threads print at once, and may write two texts before either's end of line.
    expect(said.match(/ done, [\d.]+ Mb\/sec\./g)).toHaveLength(8);
  } else {
    expect(said.match(/: \d+ MB, \d+ MB\/s$/gm)).toEqual([
      expect.stringContaining(": 10 MB"),
      expect.stringContaining(": 10 MB"),
      expect.stringContaining(": 52 MB"),
      expect.stringContaining(": 10 MB"),
    ]);
  }
});
