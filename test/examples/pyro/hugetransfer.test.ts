import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("hugetransfer", {}, async ({ server, client }) => {
  await using test = await server.start("server");
  const said = await client.run("client", { answers: [`${test.ready}`], timeoutMs: 60_000 });
  expect(said.match(/\d MB\/s|\d mb\/sec/g)?.length).toBeGreaterThanOrEqual(4);
  await test.nextLine(/received 5242880 /);
  await test.nextLine(/'streaming' download/);
});
