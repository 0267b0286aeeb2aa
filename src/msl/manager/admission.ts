import { textRepr } from "../../serializers/serpent-text.ts";
import { isPlainRecord, type PlainRecord } from "../../values/types.ts";
import type { ManagerDatabase } from "./database.ts";
import { type IncomingLine, ObjectLine } from "./line-reader.ts";
import { samePassword } from "./passwords.ts";
import type { Peer } from "./peer.ts";
import { PeerError } from "./peer-error.ts";
import { parseTerminalIdentity, parseTerminalRequest } from "./terminal.ts";
import type { Turns } from "./turns.ts";

/** How peers prove that they may connect. @see spec/msl-network.md 5 */
export type Authentication =
  | { readonly by: "nothing" }
  /** One password for all. */
  | { readonly by: "password"; readonly password: string }
  /** A user's name and password. */
  | { readonly by: "login" }
  /** The name of the peer's host. */
  | { readonly by: "hostname" };

export interface AdmissionContext {
  /** `Manager[host:port]` */
  readonly name: string;
  /** The name of a 0.5 manager: `host:port`. */
  readonly legacyName: string;
  readonly authentication: Authentication;
  readonly database: ManagerDatabase;
  /** In which passwords are checked, by host. */
  readonly passwords: Turns;
}

/** Why a peer is not let in: an error for it, and words for the log. Without an error it has gone by itself. */
export class Rejection extends Error {
  readonly error: PeerError | undefined;

  constructor(message: string, error?: PeerError) {
    super(message);
    this.error = error;
  }
}

/** Who somebody says to be. */
export type Claim =
  | { readonly type: "client"; readonly name: string; readonly identity: PlainRecord }
  | { readonly type: "service"; readonly name: string; readonly identity: PlainRecord };

/** Lets a peer in, or throws a Rejection. */
export async function admit(peer: Peer, context: AdmissionContext): Promise<Claim> {
  switch (context.authentication.by) {
    case "password":
      await askManagerPassword(peer, context, context.authentication.password);
      break;
    case "login":
      await askLogin(peer, context);
      break;
    case "hostname":
      judgeHost(peer, context.database);
      break;
    case "nothing":
  }
  return await askIdentity(peer, context.name);
}

/** Asks for a user's name and password; remembers whether the user is an administrator. */
export async function askLogin(
  peer: Peer,
  { name, database, passwords }: AdmissionContext,
): Promise<void> {
  const username = textOf(await peer.ask(name, "username", [name]));
  if (username === undefined) throw new Rejection(closedBefore("username"));
  const user = database.users.find(username);
  if (user === undefined) {
    throw new Rejection(
      "rejected: unregistered user",
      new PeerError("ValueError", "Unregistered user"),
    );
  }
  const password = textOf(await peer.ask(name, "password", [username]));
  if (password === undefined) throw new Rejection(closedBefore("password"));
  const check = () => database.users.isPassword(username, password);
  if (!(await passwords.run(peer.remoteHost, check))) {
    throw new Rejection(
      "rejected: wrong login password",
      new PeerError("ValueError", "Wrong login password"),
    );
  }
  peer.isAdmin = user.isAdmin;
}

async function askManagerPassword(
  peer: Peer,
  { name, legacyName }: AdmissionContext,
  right: string,
): Promise<void> {
  const answer = await peer.ask(name, "password", [name]);
  let password = textOf(answer);
  // A client of 0.5 gives the manager's password only to who is called as managers were then, else the user's.
  const legacy = answer instanceof ObjectLine && answer.legacy;
  if (legacy && password !== undefined && !samePassword(password, right)) {
    password = textOf(await peer.ask(legacyName, "password", [legacyName]));
  }
  if (password === undefined) throw new Rejection(closedBefore("password"));
  if (!samePassword(password, right)) {
    throw new Rejection(
      "rejected: wrong Manager password",
      new PeerError("ValueError", "Wrong Manager password"),
    );
  }
}

function judgeHost({ host }: Peer, { trustedHosts }: ManagerDatabase): void {
  const name = host?.name ?? "";
  if (trustedHosts.has(name)) return;
  throw new Rejection(
    "rejected: untrusted hostname",
    new PeerError("ValueError", `${textRepr(name)} is not a trusted hostname`),
  );
}

async function askIdentity(peer: Peer, managerName: string): Promise<Claim> {
  const line = await peer.ask(managerName, "identity");
  const answer = line && answerOf(line);
  if (answer === undefined || answer === null) {
    throw new Rejection("connection closed prematurely");
  }
  try {
    return judgeIdentity(identityOf(answer));
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    throw new Rejection("rejected: invalid identity", error);
  }
}

function identityOf(answer: unknown): PlainRecord {
  if (isRecord(answer)) return answer;
  const text = typeof answer === "string" ? answer : "";
  const typed = parseTerminalIdentity(text);
  if (typed) return typed;
  // The texts of Python, which looks for the name in whatever its parser made of the line.
  if (parseTerminalRequest(text)) throw new PeerError("KeyError", "name");
  throw new PeerError("TypeError", "'NoneType' object is not subscriptable");
}

function judgeIdentity(identity: PlainRecord): Claim {
  const name = required(identity, "name");
  const type = required(identity, "type");
  if (typeof name !== "string" || name.length > MAX_NAME) {
    throw new PeerError("TypeError", `The name must be a text of at most ${MAX_NAME} characters`);
  }
  const kind = typeof type === "string" ? type.toLowerCase() : "";
  if (kind === "client") return { type: kind, name, identity };
  if (kind === "service") {
    required(identity, "attributes");
    return { type: kind, name, identity };
  }
  throw new PeerError(
    "TypeError",
    `Unknown connection type ${textRepr(kind)}. Must be "client" or "service"`,
  );
}

/** Characters of a name: it stands in every message that is routed. */
const MAX_NAME = 256;

function required(identity: PlainRecord, key: string): unknown {
  if (Object.hasOwn(identity, key)) return identity[key];
  throw new PeerError("KeyError", key);
}

const MAX_ANSWER_BYTES = 1024 * 1024;

/** What a peer answered: the `result` of its line, or the line itself, which somebody may have typed. */
function answerOf(line: IncomingLine): unknown {
  if (!(line instanceof ObjectLine)) return line.text ?? null;
  // Longer ones are no names: to parse them would hold everybody up.
  if (line.byteLength > MAX_ANSWER_BYTES) return null;
  const message = line.decode();
  return message.kind === "result" ? message.result : line.source().trim();
}

/** A name or password; undefined where the peer has gone, or has none to give. */
function textOf(line: IncomingLine | undefined): string | undefined {
  const answer = line && answerOf(line);
  // Somebody may have typed a number.
  const text = typeof answer === "object" ? "" : String(answer ?? "");
  return text !== "" && text.isWellFormed() ? text : undefined;
}

function closedBefore(what: string): string {
  return `connection closed before receiving the ${what}`;
}

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && isPlainRecord(value);
}
