// Serves an object of a library, as it is. Run: node server.ts
import { Daemon } from "#bunsen";
import { AwesomeClass } from "./awesome_thirdparty_library.ts";

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
// Exposed where it is registered, for this registration only; a class can be exposed from outside, too, by `expose`.
const { uri } = daemon.register("example.thirdpartylib", new AwesomeClass(), {
  expose: /^(method|weird)$/,
});
console.log("library object registered, uri:", uri);
