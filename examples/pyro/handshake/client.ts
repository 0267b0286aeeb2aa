// Connects with a secret word. Run: node client.ts URI WORD, with the right word or a wrong one
import { connect } from "#bunsen";

const [uri = "", secret = ""] = process.argv.slice(2);
console.log("connecting...");
await using daemon = await connect<{ ping(): void }>(uri, {
  handshake: secret,
  onHandshake: (answer) => console.log("got handshake response data:", answer),
});
await daemon.ping();
console.log("Connection ok!");
