// Agrees on a secret key with a caller, who then needs it to call the other object. Needs a name server.
// Run: node server.ts
import { randomBytes } from "node:crypto";
import { callContext, Daemon, expose } from "#bunsen";
import { DiffieHellman } from "./diffiehellman.ts";

export class SecretStuff {
  process(message: string): string {
    console.log(`Got the message: ${message}, from ${callContext().caller.identity}`);
    return "message was received ok";
  }
}
expose(SecretStuff, { process: true });

export class KeyExchange {
  readonly #dh = new DiffieHellman();

  async exchange_key(otherPublicKey: bigint): Promise<bigint> {
    console.log("received a public key, calculating the shared secret...");
    const key = this.#dh.sharedKey(otherPublicKey);
    // To show that both come to the same. Never print a key that is really used.
    console.log("shared secret key =", key.toString("hex"));
    await guard(key, "who exchanged keys last");
    return this.#dh.publicKey;
  }
}
expose(KeyExchange, { exchange_key: true });

// Two daemons: one asks every caller for a key (Pyro4's _pyroHmacKey), and where keys are made nobody has one yet.
const guarded = new Daemon();
guarded.register("secretstuff", new SecretStuff());
let listener = await guarded.listen("pyro://localhost:0", { hmacKeys: [randomBytes(32)] });
await guarded.announce("secretstuff", "example.dh.secretstuff");

/** Lets only the owner of `key` in, at the same place as before. */
async function guard(key: Buffer, identity: string): Promise<void> {
  await listener.close();
  listener = await guarded.listen(listener.url, { hmacKeys: [{ key, identity }] });
}

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("keyexchange", KeyExchange, { mode: "session" }); // new numbers for each connection
await daemon.announce("keyexchange", "example.dh.keyexchange");
console.log("ready", daemon.uriFor("keyexchange"));
