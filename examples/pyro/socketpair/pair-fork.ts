// Two processes and a socket pair, without any port. Not on Windows. Run: node pair-fork.ts [COMMAND]
// COMMAND is the program that serves the socket, its file descriptor 3; by default this one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { connect, Daemon } from "#bunsen";
import { Echo } from "./echo.ts";

const [command = process.execPath, ...args] = process.argv.slice(2);
if (command === "serve") {
  const daemon = new Daemon();
  daemon.register("echo", new Echo());
  const served = daemon.serve(new Socket({ fd: 3 }));
  console.log(`Process PID=${process.pid}: daemon running`);
  await served.closed; // the other end is gone, and so is the reason to go on
} else {
  const itself = [fileURLToPath(import.meta.url), "serve"];
  // Node makes a socket pair for "pipe": the child has one end, and here is the other.
  const child = spawn(command, process.argv.length > 2 ? args : itself, {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  console.log(`Process PID=${process.pid}: client`);
  // The socket is the proxy's, and closed with it.
  await using proxy = await connect<Echo>({ stream: child.stdio[3] as Duplex, object: "echo" });
  console.log("client got reply:", await proxy.echo("hello!"));
  console.log("client got reply:", await proxy.echo("hello again!"));
  await proxy[Symbol.asyncDispose]();
  child.kill();
  await once(child, "exit");
  console.log("The end.");
}
