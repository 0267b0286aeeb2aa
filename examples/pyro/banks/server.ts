// Two banks, found by name. Needs a name server (bunsen ns). Run: node server.ts
import { Daemon } from "#bunsen";
import { ABN, Rabobank } from "./banks.ts";

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("rabobank", new Rabobank());
daemon.register("abn", new ABN());
await daemon.announce("rabobank", "example.banks.rabobank");
await daemon.announce("abn", "example.banks.abn");
console.log("Banks are ready for customers.");
