// Methods that fail. Needs a name server. Run: node server.ts
import { Daemon } from "#bunsen";
import { TestClass } from "./excep.ts";

const daemon = new Daemon();
// Every call passes here on its way to the object: a place to see what fails, one-way calls included.
daemon.use(async (call, caller, next) => {
  try {
    return await next();
  } catch (error) {
    console.log(`ERROR IN METHOD CALL: ${call.member}() for ${caller.address}: ${error}`);
    throw error;
  }
});
await daemon.listen("pyro://localhost:0");
daemon.register("exceptions", new TestClass());
await daemon.announce("exceptions", "example.exceptions");
console.log("ready", daemon.uriFor("exceptions"));
