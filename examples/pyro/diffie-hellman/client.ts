// Agrees on a secret key with the server, which never travels. Run: node client.ts
import { connect } from "#bunsen";
import { DiffieHellman } from "./diffiehellman.ts";
import type { KeyExchange } from "./server.ts";

const dh = new DiffieHellman();
await using exchange = await connect<KeyExchange>("PYRONAME:example.dh.keyexchange");
console.log("exchange public keys...");
const otherKey = await exchange.exchange_key(dh.publicKey);
console.log("shared secret key =", dh.sharedKey(otherKey).toString("hex"));
console.log("(the server prints the same)");
