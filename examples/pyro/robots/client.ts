// A robot with a mind of its own. Run: node client.ts NAME drunk|angry|scared
import { connect, Daemon } from "#bunsen";
import { OBSERVERS } from "./observers.ts";
import type { RemoteGameServer } from "./remote.ts";

const [name = "", type = ""] = process.argv.slice(2);
const Observer = OBSERVERS[type];
if (!name || !Observer) throw new Error("give a name and a type: node client.ts r2d2 scared");

// A server in Python calls back over a connection of its own, to a daemon here.
const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const observer = new Observer();
daemon.register("observer", observer);
const gameserver = await connect<RemoteGameServer>("PYRONAME:example.robotserver");
const robot = await gameserver.register(name, observer);
observer.robot = robot;
await robot.emote("Hi there! I'm here to kick your ass");
console.log("registered, and ready to fight:", name);
