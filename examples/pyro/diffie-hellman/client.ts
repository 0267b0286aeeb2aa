// Agrees on a secret key with the server, which never travels. Run: node client.ts
import { connect, locateNameServer, SecurityError } from "#bunsen";
import { DiffieHellman } from "./diffiehellman.ts";
import type { KeyExchange, SecretStuff } from "./server.ts";

const dh = new DiffieHellman();
await using exchange = await connect<KeyExchange>("PYRONAME:example.dh.keyexchange");
console.log("exchange public keys...");
const key = dh.sharedKey(await exchange.exchange_key(dh.publicKey));
console.log("shared secret key =", key.toString("hex"));
console.log("(the server prints the same)");

// What the key is good for. Pyro5 has no such keys, so that its server has nothing to call with one.
await using names = await locateNameServer();
if ((await names.list({ prefix: "example.dh." })).has("example.dh.secretstuff")) {
  try {
    await connect<SecretStuff>("PYRONAME:example.dh.secretstuff");
  } catch (error) {
    if (!(error instanceof SecurityError)) throw error;
    console.log("without the key:", error.message);
  }
  // The name server knows nothing of the key: what holds for it is said apart.
  await using secret = await connect<SecretStuff>("PYRONAME:example.dh.secretstuff", {
    hmacKey: key,
    nameServer: { channel: {} },
  });
  console.log("with the key:", await secret.process("hey"));
}
