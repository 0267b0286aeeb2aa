// Offers an object to pages, by Socket.IO, and serves one that calls it: the page of pyro_support's guide.
//   node examples/socket-io/server.ts, then open http://localhost:8000
// In a project of your own, import from "bunsen".
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { Daemon, expose } from "#bunsen";

export class BasicServer {
  square(x: number): number {
    return x ** 2;
  }
}
expose(BasicServer, { square: true });

/** Offers an object to pages of one origin, by Socket.IO. */
export async function offer(port: number, pages: string): Promise<Daemon> {
  const daemon = new Daemon();
  daemon.register("BasicServer", new BasicServer());
  await daemon.listen(`http://localhost:${port}`, {
    gateway: { root: "BasicServer", socketIo: true, origins: [pages] },
  });
  return daemon;
}

/** Whatever serves pages: in place of this, Flask, nginx, or a folder on a file server. */
export async function servePage(port: number, gateway: number): Promise<Server> {
  const page = await readFile(new URL("page.html", import.meta.url), "utf8");
  const html = page.replaceAll("localhost:5000", `localhost:${gateway}`);
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(port, "localhost", resolve));
  return server;
}

if (process.argv[1]?.endsWith("server.ts")) {
  await offer(5000, "http://localhost:8000");
  await servePage(8000, 5000);
  console.log("http://localhost:8000 prints 4 and success on its console");
}
