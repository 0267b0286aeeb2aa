import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Credentials } from "../../src/cli/certs/authority.ts";

export interface Pages extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`, an origin of its own. */
  readonly origin: string;
}

/**
 * Serves pages on a port of 127.0.0.1, as a web server that is not ours.
 * @param files - What is at which path. A name that ends with `.js` is a script, and any other the inside of a page's `main`.
 */
export async function servePages(
  files: Readonly<Record<string, string>>,
  tls?: Credentials,
): Promise<Pages> {
  const server = tls ? createTlsServer(tls) : createServer();
  server.on("request", (request, response) => {
    const path = request.url ?? "";
    const text = files[path];
    response.statusCode = text === undefined ? 404 : 200;
    const type = path.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
    response.setHeader("Content-Type", type);
    response.end(path.endsWith(".js") ? text : page(text ?? ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Without an icon of its own, a browser would ask for one. */
const page = (main: string) => `<!DOCTYPE html>
<html lang="en">
<head><title>A page</title><link rel="icon" href="data:,"></head>
<body><main>${main}</main></body>
</html>
`;
