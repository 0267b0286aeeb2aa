import { mkdtempDisposableSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ManagerDatabase } from "../../../src/msl/manager/database.ts";
import { Manager } from "../../../src/msl/manager/manager.ts";
import type { ManagerOptions } from "../../../src/msl/manager/options.ts";
import { json } from "../../../src/serializers/json.ts";
import { PLAIN_HOOKS } from "../../../src/serializers/plain-hooks.ts";
import { checkLeaks } from "../../support/leaks.ts";
import { type Vector, vectors } from "../../support/vectors.ts";
import { RawPeer } from "./raw-peer.ts";

checkLeaks();

/** Runs of which the manager's half is ours, for clients and services of all recorded releases. */
const RUNS: Readonly<Record<string, ManagerOptions>> = {
  connect_client: {},
  connect_service: {},
  auth_password_ok: { authPassword: "open sesame" },
  auth_password_wrong: { authPassword: "open sesame" },
  auth_login_ok: { authLogin: true },
  auth_login_unknown_user: { authLogin: true },
  auth_login_wrong_password: { authLogin: true },
  auth_hostname_trusted: { authHostname: true },
  link_unlink: {},
  link_errors: {},
  max_clients: {},
  request_results: {},
  request_errors: {},
  async: {},
  notification: {},
  admin_login: { authLogin: true },
  admin_challenge: {},
  admin_refused: {},
  shutdown_service: {},
  client_drops: {},
  bad_json: {},
  terminal: {},
  foreign_minimal: {},
  locks: {},
};

/** We ask a client of 0.5 again, under a name for which it gives the manager's password. */
const DIFFERENT = new Set(["auth_password_wrong of 0.5.0"]);

const entries = vectors("msl-network");
const runs = [...Map.groupBy(entries, ({ name, version }) => `${name} of ${version}`)].filter(
  ([title, [first]]) => first !== undefined && first.name in RUNS && !DIFFERENT.has(title),
);

describe.each(runs)("%s", (_, steps) => {
  it("goes as recorded", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    const name = (steps[0] as Vector).name;
    await addUsers(`${folder.path}/manager.sqlite3`);
    await using manager = await Manager.start({
      port: 0,
      disableTls: true,
      home: folder.path,
      ...RUNS[name],
    });
    const peers = new Map<string, RawPeer>();
    try {
      for (const step of steps) await play(step, manager, peers);
    } finally {
      for (const peer of peers.values()) await peer[Symbol.asyncDispose]();
    }
  });
});

async function addUsers(path: string): Promise<void> {
  using database = await ManagerDatabase.open(path);
  await database.users.add("alice", "wonder land", { isAdmin: true });
  await database.users.add("bob", "builder");
}

async function play(step: Vector, manager: Manager, peers: Map<string, RawPeer>): Promise<void> {
  const { direction, raw } = step;
  const name = String(step["peer"]);
  if (direction.startsWith("manager -> ")) {
    const peer = peers.get(name) ?? (await RawPeer.connect(manager.port));
    peers.set(name, peer);
    expectAlike(asRecorded((await peer.nextLine()) ?? "", manager), step);
  } else if (direction.endsWith(" -> manager")) {
    peers.get(name)?.send(renamed(raw, manager, peers));
  } else if (direction.startsWith("manager closes")) {
    expect(await peers.get(name)?.ended()).toBe("");
    peers.delete(name);
  } else if (direction.endsWith(" closes")) {
    peers.get(name)?.end();
  }
}

/** A line of ours, with the names of the recording. */
function asRecorded(line: string, { port }: Manager): string {
  return line.replaceAll(hostname(), "labpc").replace(`"result": ${port},`, '"result": 1875,');
}

/** What a recorded peer sends, with the ports and names of this run. */
function renamed(raw: string, manager: Manager, peers: Map<string, RawPeer>): string {
  return raw
    .replaceAll("labpc:1875", manager.address)
    .replaceAll(/"([^"]+)\[labpc:\d+\]"/g, (whole, name: string) => {
      const peer = peers.get(name);
      return peer ? `"${name}[${hostname()}:${peer.port}]"` : whole;
    });
}

/** Compares what we sent with what the recorded manager sent. */
function expectAlike(line: string, { raw, version, name }: Vector): void {
  const { uuid, ...ours } = read(line);
  expect(uuid).toEqual(ours["uid"]);
  const recorded = read(raw);
  if ("uuid" in recorded) {
    recorded["uid"] = recorded["uuid"];
    delete recorded["uuid"];
  }
  if (version === "0.5.0") forgiveOldRelease(recorded, ours, name);
  // An unknown service is reported with the id of the request: a 1.x client breaks on an error without.
  if (String(recorded["message"]).includes("Service is not connected"))
    recorded["uid"] = ours["uid"];
  // We add what there is.
  if (String(ours["message"]).startsWith(`${recorded["message"]}; it has`))
    ours["message"] = recorded["message"];
  // Errors of the tables are in our words.
  if (/^ValueError: Cannot delete/.test(String(recorded["message"])))
    recorded["message"] = ours["message"];
  // What our parser says of a line, and the lines of Python's traceback.
  if (String(recorded["message"]).startsWith("JSONDecodeError"))
    recorded["message"] = ours["message"];
  if ("traceback" in recorded && ours["requester"] !== "Echo")
    recorded["traceback"] = ours["traceback"];
  expect(ours).toEqual(withManagersKeys(recorded, ours));
}

/** 0.5 names itself and words its errors otherwise. */
function forgiveOldRelease(
  recorded: Record<string, unknown>,
  ours: Record<string, unknown>,
  name: string,
): void {
  if (recorded["requester"] === "HOST" || recorded["requester"] === "")
    recorded["requester"] = ours["requester"];
  if (Array.isArray(recorded["args"]) && recorded["args"][0] === "HOST")
    recorded["args"] = ours["args"];
  // It does not say which request failed where its result cannot be sent: we look for it.
  if (recorded["error"] === true)
    Object.assign(recorded, { message: ours["message"], uid: ours["uid"] });
  // To unlink from what has gone is no error since 1.0.
  if (name === "link_errors" && ours["result"] === true) Object.assign(recorded, ours);
}

/** Foreign peers leave keys out that we add on the way, since Python's clients insist on them. */
function withManagersKeys(recorded: Record<string, unknown>, ours: Record<string, unknown>) {
  const added = ["uid", "error", "result"].filter((key) => !(key in recorded) && key in ours);
  return { ...recorded, ...Object.fromEntries(added.map((key) => [key, ours[key]])) };
}

/** A line, without the names and ports of the computer. */
function read(line: string): Record<string, unknown> {
  const text = line
    .replaceAll(/labpc:\d+/g, "HOST")
    .replaceAll("labpc", "HOSTNAME")
    .replaceAll(/"(language|os)": "[^"]*"/g, '"$1": "*"')
    .replaceAll(/"port": \d+/g, '"port": 0');
  const message = json.decode(Buffer.from(text), PLAIN_HOOKS) as Record<string, unknown>;
  // Lists of clients are in no order.
  const { result } = message;
  if (Array.isArray(result) && result.every((item) => /\[HOST\]$/.test(item))) result.sort();
  return message;
}
