// Listens at a socket file, in place of a port. Run: node server.ts
import { Daemon } from "#bunsen";
import { Thingy } from "./thingy.ts";

const daemon = new Daemon();
await daemon.listen("pyro://./u:example_unix.sock"); // one that a program left behind is replaced
daemon.register("example.unixsock", new Thingy());
console.log("Server running, uri =", daemon.uriFor("example.unixsock"));
process.once("SIGTERM", () => void daemon.close()); // which removes the file
