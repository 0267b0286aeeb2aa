import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("callcontext", {}, async ({ server, client }) => {
  await using echo = await server.start("server");
  const said = await client.run("client", { answers: [`${echo.ready}`] });
  expect(said).toMatch(/DDAA -> .*custom response annotation/);
  const [, correlationId] = /correlation id(?: set to)?: (\S+)/.exec(said) ?? [];
  await echo.nextLine(new RegExp(`correlation[_ ]id: ${correlationId}`));
  await echo.nextLine(/XYZZ'?: .*custom annotation from/);
  await echo.nextLine(/Got [Mm]essage: hi there ONEWAY/);
});
