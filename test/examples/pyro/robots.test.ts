import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

// The original draws with a GUI toolkit, and there is no display here.
const noDisplay = fileURLToPath(new URL("../no-display", import.meta.url));
const env = { PYTHONPATH: [noDisplay, process.env["PYTHONPATH"]].filter(Boolean).join(delimiter) };

eachPairing("robots", { hurry: 20 }, async ({ server, client, registered }) => {
  const ready = server.original ? /Pyro server registered/ : /PYRO:/;
  await using game = await server.start("gameserver", { env, ready });
  await registered("example.robotserver");
  const say = (ours: string, button: string) => game.write(`${server.original ? button : ours}\n`);
  const signUp = async (name: string, type: string) => {
    const player = await client.start("client", { args: [name, type], ready: /registered/ });
    await game.nextLine(/Hi there! I'm here to kick your ass/);
    return player;
  };

  // Who is alone has won.
  await using alone = await signUp("r2d2", "drunk");
  say("start", "Start round!");
  await alone.nextLine(/I WON!!!/);
  await game.nextLine(/can be pressed: Start round!|signups are open/);
  await alone[Symbol.asyncDispose]();

  await using angry = await signUp("c3po", "angry");
  await using scared = await signUp("bb8", "scared");
  say("add", "Add 5 local bots");
  await game.nextLine(server.original ? /local_bot_\d/ : /local_bot_5 signed up/);
  say("start", "Start round!");
  await angry.nextLine(/Battle starts!/);
  await scared.nextLine(/Battle starts!/);
  // The world's news reach the players, and what they do about it reaches the world.
  await game.nextLine(/I'll kill you all! GRR|I'm scared!/);
  expect(game.stdout).toMatch(/NUMBER OF ROBOTS: 7/);
  expect(angry.stderr + scared.stderr + game.stderr).not.toMatch(/Error/);
});
