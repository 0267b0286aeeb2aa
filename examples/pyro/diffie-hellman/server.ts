// Agrees on a secret key with each caller. Needs a name server. Run: node server.ts
import { Daemon, expose } from "#bunsen";
import { DiffieHellman } from "./diffiehellman.ts";

export class KeyExchange {
  readonly #dh = new DiffieHellman();

  exchange_key(otherPublicKey: bigint): bigint {
    console.log("received a public key, calculating the shared secret...");
    // To show that both come to the same. Never print a key.
    console.log("shared secret key =", this.#dh.sharedKey(otherPublicKey).toString("hex"));
    return this.#dh.publicKey;
  }
}
expose(KeyExchange, { exchange_key: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("keyexchange", KeyExchange, { mode: "session" }); // new numbers for each connection
await daemon.announce("keyexchange", "example.dh.keyexchange");
console.log("ready", daemon.uriFor("keyexchange"));
