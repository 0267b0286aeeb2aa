import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect } from "vitest";
import { documentedPorts, freePort } from "../../support/ports.ts";
import { type RunningProcess, runProcess, startProcess } from "../../support/process.ts";
import { type Author, eachPairing, interpreter, originals, startEchoServer } from "../pairings.ts";

const MAIN = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const EXPOSED = "Pyro\\.NameServer|test\\.";

const folder = mkdtempSync(join(tmpdir(), "bunsen-http-"));
afterAll(() => rmSync(folder, { recursive: true }));

function startGateway(
  author: Author,
  port: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningProcess> {
  const options = ["-p", port, "-e", EXPOSED];
  return author === "Bunsen"
    ? startProcess(process.execPath, [MAIN, "gateway", ...options], { env, ready: /http:/ })
    : startProcess(interpreter, ["-u", "-m", "Pyro5.utils.httpgateway", ...options], {
        env,
        ready: /Pyro HTTP gateway running|listening|http/i,
      });
}

eachPairing("http", { hurry: 20 }, async ({ server, client, names }) => {
  await using _turn = client.original ? await documentedPorts() : undefined;
  const { port: nameServerPort } = new URL(names.uri.replace("PYRO:Pyro.NameServer@", "http://"));
  const env = { PYRO_NS_PORT: nameServerPort, HURRY: "20" };
  await using _echo = await startEchoServer("Bunsen", env);
  const port = client.original ? "8080" : `${await freePort()}`;
  await using _gateway = await startGateway(server.author, port, env);

  if (!client.original) {
    const said = await client.run("client", { args: [`http://localhost:${port}`] });
    expect(said).toMatch(/LIST \{[\s\S]*'test\.echoserver': 'PYRO:test\.echoserver@/);
    expect(said).toMatch(/META \[[\s\S]*'methods'/);
    expect(said).toMatch(/LOOKUP \{\n.*'Pyro5\.core\.URI',\n.*'test\.echoserver'/);
    expect(said).toContain("ECHO hello\nONEWAY_SLOW null\nSLOW Finally, an answer!\n");
    expect(said).toMatch(/ERROR .* answered 500: .*ValueError/);
    return;
  }
  expectAnswers(await client.run("client"));
  // The other original is of Node, and of a time before modules: outside of this package it is taken for what it is.
  const program = join(folder, "client.js");
  copyFileSync(join(originals, client.author.toLowerCase(), "http/client.js"), program);
  expectAnswers(await runProcess(process.execPath, [program]));
});

function expectAnswers(said: string): void {
  expect(said).toMatch(/LIST--->[\s\S]*PYRO:test\.echoserver@/);
  expect(said).toMatch(/META--->[\s\S]*methods/);
  expect(said).toMatch(/LOOKUP--->[\s\S]*Pyro\.NameServer/);
  expect(said).toMatch(/ONEWAY_SLOW--->\n(None|null)/);
  expect(said).toMatch(/SLOW--->\n['"]Finally, an answer!['"]/);
  expect(said).not.toMatch(/error/i);
}
