// Calls by way of TLS, with a certificate of its own. Run: node client.ts FOLDER NAME URI
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type PeerCertificate } from "#bunsen";
import type { Safe } from "./server.ts";

const [folder = "certs", name = "client", uri = ""] = process.argv.slice(2);
const read = (name: string) => readFileSync(join(folder, name), "utf8");

// The server's certificate must be of the authority in ca.pem (or be the one in there), valid, and for the URI's host.
await using safe = await connect<Safe>(uri, {
  tls: { ca: read("ca.pem"), cert: read(`${name}.pem`), key: read(`${name}.key`) },
  onHandshake(_answer, _annotations, certificate) {
    // A place to ask for more, and to throw an error where it is not what it should be.
    const { serialNumber, subject } = certificate as PeerCertificate;
    const parts = subject.replaceAll("\n", ", ");
    console.log(`(SSL server cert is ok: serial=${serialNumber}, subject=${parts})`);
  },
});
console.log("response:", await safe.echo("client speaking"));
