import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { PYTHON } from "./process.ts";

const PACKAGES = ["@grpc/grpc-js", "capnweb", "socket.io", "rpc-websockets", "ws"];

/** How busy the machine is with other work, as a line for the report; asked before anything is measured. */
export function busyness(): string {
  const load = loadavg()[0] ?? 0;
  const warning = load > availableParallelism() / 4 ? "; TOO BUSY: do not quote these figures" : "";
  return `- load average before the run: ${load.toFixed(1)} on ${availableParallelism()} cores${warning}`;
}

/** What the numbers were measured with. Names no host and no path. */
export function versions(): string {
  const packages = PACKAGES.map((name) => `${name} ${installed(name)}`).join(", ");
  return [
    `- Node ${process.versions.node}, Bunsen ${read("../package.json").version}, ${packages}`,
    `- ${python()}`,
    `- ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores, ${process.platform} ${process.arch}; loopback TCP, client and server in two processes`,
    `- ${new Date().toISOString().slice(0, 10)}`,
  ].join("\n");
}

function python(): string {
  const script = [
    "import platform",
    "from importlib.metadata import version as v",
    'print(f\'Python {platform.python_version()}, Pyro5 {v("Pyro5")}, serpent {v("serpent")}, msgpack {v("msgpack")}, msl-network {v("msl-network")}\')',
  ];
  try {
    return execFileSync(PYTHON, ["-c", script.join("\n")], { encoding: "utf8" }).trim();
  } catch {
    return "no Python";
  }
}

function installed(name: string): string {
  return read(`node_modules/${name}/package.json`).version;
}

function read(file: string): { version: string } {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as { version: string };
}
