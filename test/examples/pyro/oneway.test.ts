import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("oneway", { with: ["Pyro5", "Pyro4"], hurry: 20 }, async (pairing) => {
  const { server, client, registered } = pairing;
  await using working = await server.start("server");
  await registered("example.oneway");
  const said = await client.run("client");
  expect(said).toMatch(/no, trying again\n[\s\S]*yes!\n/);
  expect(said).toMatch(/result from the server: The result :\)\n/);
  // Nobody waits for this work; it is done all the same.
  await working.nextLine(/work's done!/);
});

eachPairing("oneway", { title: "counted" }, async ({ server, client, registered }) => {
  await using counting = await server.start("server2");
  await registered("example.oneway2");
  const said = await client.run("client2");
  expect(said.match(/counter (in server )?is now: +\d/g)?.map((line) => line.at(-1))).toEqual([
    "3",
    "3",
    "6",
  ]);
  expect(counting.stdout.match(/oneway call executing/g)).toHaveLength(3);
});
