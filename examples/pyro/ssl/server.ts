// Speaks TLS, and only with a caller whose certificate it knows. Run: node server.ts FOLDER NAME
// FOLDER has the certificates, and NAME says whose the caller's must be. To make some: bunsen certs --client NAME,
// which puts them into the folder certs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { callContext, Daemon, expose, SecurityError } from "#bunsen";

export class Safe {
  echo(message: string): string {
    console.log("got message:", message, "from", callContext().caller.identity);
    return "hi!";
  }
}
expose(Safe, { echo: true });

const [folder = "certs", expected = "localhost"] = process.argv.slice(2);
const read = (name: string) => readFileSync(join(folder, name), "utf8");

const daemon = new Daemon();
// By now the certificate is known to be valid, and of an authority that is trusted here. Whose it is, is the question.
daemon.validateHandshake(({ identity, certificate }) => {
  if (identity !== expected) {
    throw new SecurityError("ERR_FORBIDDEN", `${identity} may not call, only ${expected}`);
  }
  console.log(`(SSL client cert is ok: serial=${certificate?.serialNumber}, subject=${identity})`);
  return "hello";
});
await daemon.listen("pyro://localhost:0", {
  tls: {
    cert: read("server.pem"),
    key: read("server.key"),
    ca: read("ca.pem"),
    requireClientCert: true,
  },
});
daemon.register("safe", new Safe());
console.log("server uri:", daemon.uriFor("safe"));
