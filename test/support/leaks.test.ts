import { once } from "node:events";
import { connect, createServer } from "node:net";
import { describe, it } from "vitest";
import { checkLeaks } from "./leaks.ts";

const port = (address: unknown) => (address as { port: number }).port;

describe("what passes", () => {
  checkLeaks();

  it("a timer that fires", async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("a timer that is cleared, or unref'd", () => {
    clearTimeout(setTimeout(() => {}, 60_000));
    setInterval(() => {}, 60_000).unref();
  });

  it("a server and a socket that close", async () => {
    const server = createServer((peer) => peer.resume()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect(port(server.address()));
    await once(socket, "connect");
    socket.end();
    server.close();
  });
});

// What a test leaves is closed in onTestFinished, after checkLeaks has judged it.
describe("what fails", () => {
  checkLeaks();

  it.fails("a timer that is left", ({ onTestFinished }) => {
    const timer = setTimeout(() => {}, 60_000);
    onTestFinished(() => clearTimeout(timer));
  });

  it.fails("a socket that is left", async ({ onTestFinished }) => {
    const server = createServer((peer) => peer.resume()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect(port(server.address()));
    await once(socket, "connect");
    onTestFinished(() => {
      socket.destroy();
      server.close();
    });
  });
});
