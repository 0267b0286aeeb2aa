import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkLeaks } from "../../support/leaks.ts";
import { runPython } from "../../support/python.ts";
import { interpreter, itWith, Programs } from "../pairings.ts";

// The original is one program that forks: for a Python at one end, that end in a program of its own.
const SERVER = `
import socket
from Pyro5.api import Daemon, expose

class Echo(object):
    @expose
    def echo(self, message):
        print("server got message:", message, flush=True)
        return "thank you"

daemon = Daemon(connected_socket=socket.socket(fileno=3))
daemon.register(Echo, "echo")
daemon.requestLoop()
`;
const CLIENT = `
import os, socket, subprocess, sys
from Pyro5.api import Proxy

os.dup(0)  # takes number 3, which is for the child
ours, theirs = socket.socketpair()
os.dup2(theirs.fileno(), 3)
child = subprocess.Popen(sys.argv[1:], pass_fds=[3])
for messages in (["hello!", "hello again!"], ["hello2!", "hello2 again!"]):
    with Proxy("echo", connected_socket=ours) as p:
        for message in messages:
            print("client got reply:", p.echo(message), flush=True)
child.terminate()
child.wait()
`;
const PAIR_FORK = fileURLToPath(
  new URL("../../../examples/pyro/socketpair/pair-fork.ts", import.meta.url),
);

describe("examples/pyro/socketpair", () => {
  checkLeaks();
  const ours = new Programs("Bunsen", "socketpair", {});
  const expectEchoes = (said: string, count: number) => {
    expect(said.match(/server got message: +hello/g)).toHaveLength(count);
    expect(said.match(/client got reply: thank you/g)).toHaveLength(count);
  };

  it("two threads", async () => expectEchoes(await ours.run("pair-thread"), 2));

  it.skipIf(process.platform === "win32")("two processes", async () => {
    expectEchoes(await ours.run("pair-fork"), 2);
  });

  itWith("Pyro5")("our process with one of Python that serves", async () => {
    expectEchoes(await ours.run("pair-fork", { args: [interpreter, "-c", SERVER] }), 2);
  });

  itWith("Pyro5")("a process of Python with ours that serves", async () => {
    expectEchoes(await runPython(CLIENT, [process.execPath, PAIR_FORK, "serve"]), 4);
  });
});
