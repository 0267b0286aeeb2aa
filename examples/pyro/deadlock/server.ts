// One of the two bouncers. Needs a name server. Run: node server.ts
import { Daemon } from "#bunsen";
import { Bouncer } from "./bouncer.ts";

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("bouncer", new Bouncer("Server"));
await daemon.announce("bouncer", "example.deadlock");
console.log("Bouncer started.", daemon.uriFor("bouncer"));
