import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { documentedPorts } from "../support/ports.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { pythonPeers, runPython } from "../support/python.ts";

const hello = (file: string) =>
  fileURLToPath(new URL(`../../examples/hello/${file}`, import.meta.url));

it("examples/hello: one server, clients in TypeScript, Pyro5 and Pyro4", async () => {
  // Its port is the one that readers see.
  await using _turn = await documentedPorts();
  await using server = await startProcess(process.execPath, [hello("server.ts")], {
    ready: /^ready PYRO:greeter@/,
  });
  const rest = "Grace\n3\n2\n1\n";
  expect(await runProcess(process.execPath, [hello("client.ts")])).toBe(
    `Hello, TypeScript!\n${rest}`,
  );
  if (!pythonPeers) return;
  expect(await runPython(hello("client5.py"))).toBe(`Hello, Pyro5!\n${rest}`);
  expect(await runPython(hello("client4.py"))).toBe(`Hello, Pyro4!\n${rest}`);
  expect(server.stderr).toBe("");
}, 600_000);
