// A ticker under the name "remoteServer": play() and pause() start and stop it, for everybody who can call.
// In a project of your own, import from "bunsen" and "bunsen/models".
import { Daemon } from "#bunsen";
import { everyone } from "#bunsen/models";
import { simpleTicker } from "./simple-ticker.ts";

const daemon = new Daemon();
daemon.register("remoteServer", simpleTicker({ policy: everyone }));
await daemon.listen("pyro://localhost:0");
await daemon.announce("remoteServer", "remoteServer");
console.log("ready", daemon.uriFor("remoteServer"));
