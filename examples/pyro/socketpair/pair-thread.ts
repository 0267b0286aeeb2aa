// A daemon in a worker thread, and a message port in place of a socket. Run: node pair-thread.ts
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { connect, Daemon } from "#bunsen";
import { Echo } from "./echo.ts";

if (!isMainThread && parentPort) {
  const daemon = new Daemon();
  daemon.register("echo", new Echo());
  daemon.serve(parentPort);
} else {
  const worker = new Worker(new URL(import.meta.url));
  await using proxy = await connect<Echo>({ stream: worker, object: "echo" });
  console.log("client got reply:", await proxy.echo("hello!"));
  console.log("client got reply:", await proxy.echo("hello again!"));
  await proxy[Symbol.asyncDispose]();
  await once(worker, "exit"); // it ends with the conversation
  console.log("The end.");
}
