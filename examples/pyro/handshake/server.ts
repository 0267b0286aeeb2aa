// Lets in who knows the secret word. Run: node server.ts
import { Daemon } from "#bunsen";

const SECRET = "pancakes";

const daemon = new Daemon();
// Asked once a connection. What it returns is the caller's answer; when it throws there is no connection.
daemon.validateHandshake((caller, object) => {
  console.log(
    `handshake from ${caller.address} (${caller.dialect}) for ${object}:`,
    caller.handshake,
  );
  if (caller.handshake !== SECRET) {
    console.log("Secret code wrong! Connection refused.");
    throw new RangeError("wrong secret code, connection refused");
  }
  console.log("Secret code okay! Connection accepted.");
  caller.session.onClose(() => console.log("client disconnects:", caller.address));
  return ["how", "are", "you", "doing"];
});
await daemon.listen("pyro://localhost:0");
console.log("ready", daemon.uriFor("Pyro.Daemon")); // what every daemon has to offer by itself
console.log("When asked, enter the following secret code:", SECRET);
