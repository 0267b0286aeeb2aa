import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?`;

eachPairing("timezones", {}, async ({ server, client }) => {
  await using serving = await server.start("server");
  const said = await client.run("client", { answers: [`${serving.ready}`] });
  const inAmsterdam = said.match(new RegExp(`${ISO}\\+0[12]:00`, "g")) ?? [];
  if (client.original) {
    expect(inAmsterdam.length).toBeGreaterThanOrEqual(3);
    expect(said.match(/ parsed: DateTime\(/g)).toHaveLength(4);
  } else {
    expect(inAmsterdam).toHaveLength(6);
    expect(said.match(/ parsed: [-\d]+T[:.\d]+Z\n/g)).toHaveLength(8);
  }
});
