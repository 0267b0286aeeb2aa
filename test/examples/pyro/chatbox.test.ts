import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("chatbox", { with: ["Pyro5", "Pyro4"] }, async ({ server, client, registered }) => {
  await using chatbox = await server.start("server", { ready: /PYRO:/ });
  await registered("example.chatbox.server");
  const enter = async (nick: string) => {
    // Not before it asks: until then the original may not have registered what is called back.
    const chatter = await client.start("client", { ready: /channels/i });
    chatter.write(`lab\n${nick}\n`);
    await chatter.nextLine(/Ready for input/);
    return chatter;
  };
  await using ada = await enter("ada");
  await using bob = await enter("bob");
  await ada.nextLine(/\[SERVER\] \*\* bob joined/);
  bob.write("is it cold?\n");
  await ada.nextLine(/\[bob\] is it cold\?/);
  ada.write("4 kelvin\n");
  await bob.nextLine(/\[ada\] 4 kelvin/);
  bob.write("/quit\n");
  expect(await bob.exit()).toEqual({ code: 0, signal: null });
  await ada.nextLine(/\[SERVER\] \*\* bob left/);
  // One that is gone without a word keeps nobody from talking.
  await ada[Symbol.asyncDispose]();
  await using eve = await enter("eve");
  eve.write("anybody?\n/quit\n");
  await chatbox.nextLine(/eve LEFT lab/);
});
