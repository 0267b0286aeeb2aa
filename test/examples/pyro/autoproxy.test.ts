import { eachPairing } from "../pairings.ts";

eachPairing("autoproxy", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using factory = await server.start("server");
  await client.run("client", { answers: [`${factory.ready}`] });
  for (const number of [1, 2, 3]) await factory.nextLine(new RegExp(`Thingy ${number} says: I am`));
});
