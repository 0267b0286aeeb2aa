import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority, type Credentials } from "../../src/cli/certs/authority.ts";

/** A small authority for tests, with certificates for a server called `localhost` and a client. */
export interface TestAuthority extends Disposable {
  readonly ca: string;
  readonly server: Credentials;
  readonly client: Credentials;
  /** The same as files, for Python: ca.pem, server.pem, server.key, client.pem, client.key. */
  readonly folder: string;
}

export async function testAuthority(clientName = "the client"): Promise<TestAuthority> {
  const days = 1;
  const authority = await Authority.create({ name: "Bunsen test authority", days });
  const server = await authority.issue({ name: "localhost", hosts: ["localhost"], days });
  const client = await authority.issue({ name: clientName, days });
  const ca = authority.credentials.cert;
  const folder = mkdtempSync(join(tmpdir(), "bunsen-tls-"));
  for (const [file, text] of Object.entries({
    "ca.pem": ca,
    "server.pem": server.cert,
    "server.key": server.key,
    "client.pem": client.cert,
    "client.key": client.key,
  })) {
    writeFileSync(join(folder, file), text);
  }
  const dispose = () => rmSync(folder, { recursive: true, force: true });
  return { ca, server, client, folder, [Symbol.dispose]: dispose };
}
