// Listens at a name that is no file: an abstract socket, of Linux only. Run: node abstract_namespace_server.ts
import { Daemon } from "#bunsen";
import { Thingy } from "./thingy.ts";

const daemon = new Daemon();
await daemon.listen("pyro://./u:\0example_unix.sock");
daemon.register("example.unixsock", new Thingy());
console.log("The URI has a 0-byte; copy what is between the quotes:");
console.log(`'${daemon.uriFor("example.unixsock").replace("\0", "\\x00")}'`);
