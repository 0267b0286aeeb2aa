import { join, resolve } from "node:path";

/** The lines that use the certificates in a folder: commands, TypeScript, and Python. */
export function usingThem(folder: string, client: string, host: string): string {
  const file = (name: string): string => join(folder, name);
  const python = (setting: string, name: string): string =>
    `  config.SSL_${setting} = ${JSON.stringify(resolve(folder, name))}`;
  return `
Every side trusts ca.pem. Each .key stays where it is used; ca.key, which can make more, belongs on none of those machines.

Serve:
  bunsen serve lab.ts --listen pyro://0.0.0.0:9999 --tls-ca ${file("ca.pem")} --tls-cert ${file("server.pem")} --tls-key ${file("server.key")}

Call:
  bunsen describe PYRO:lab@${host}:9999 --tls-ca ${file("ca.pem")} --tls-cert ${file(`${client}.pem`)} --tls-key ${file(`${client}.key`)}

Python, a server:
  from Pyro5 import config  # or: from Pyro4 import config
  config.SSL = True
  config.SSL_REQUIRECLIENTCERT = True
${python("CACERTS", "ca.pem")}
${python("SERVERCERT", "server.pem")}
${python("SERVERKEY", "server.key")}

Python, a client:
  from Pyro5 import config  # or: from Pyro4 import config
  config.SSL = True
${python("CACERTS", "ca.pem")}
${python("CLIENTCERT", `${client}.pem`)}
${python("CLIENTKEY", `${client}.key`)}`;
}
