import net from "node:net";
import tls from "node:tls";
import { ByteWriter } from "../bytes/writer.ts";
import { decodeLine } from "../msl/decoder.ts";
import { isManagerName } from "../msl/messages.ts";
import { encodeMessage } from "../pyro/encoder.ts";
import {
  BUNSEN_MARK,
  type Generation,
  HEADER_BYTES_5,
  MessageType,
  serializerId,
  VERSION_4,
  VERSION_5,
} from "../pyro/header.ts";
import { formatLocation, type Location } from "../pyro/uri.ts";
import { serpent } from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";

export type Spoken =
  | "bunsen"
  | "pyro5"
  | "pyro4"
  | "pyro3"
  | "pyro"
  | "msl"
  | "zeromq"
  | "tls"
  | "http"
  | "ssh"
  | "other"
  | "silent"
  | "nothing";

/** What speaks somewhere. */
export interface Finding {
  readonly speaks: Spoken;
  /** The version field of a Pyro header. */
  readonly version?: number;
  /** In words, with what can be done. */
  readonly text: string;
}

export interface ProbeOptions {
  /** Milliseconds for connecting, and for each answer. */
  readonly timeoutMs: number;
}

/** Who speaks first does so soon. Pyro 3, MSL-Network, ZeroMQ, SSH, mail and FTP servers do; the others wait for the client. */
const BANNER_MS = 300;

/**
 * Finds out what speaks at a location: listens for a banner, then says hello in one protocol after the other, each on
 * a connection of its own, and judges the first bytes of the answer.
 */
export async function probe(location: Location, { timeoutMs }: ProbeOptions): Promise<Finding> {
  const first = await exchange(location, undefined, { timeoutMs, answerMs: BANNER_MS });
  if (first.failure !== undefined) return nothing(location, first.failure, timeoutMs);
  let closed = first.closed;
  const banner = classify(first.bytes);
  if (banner) return banner;
  let other: Finding | undefined;
  for (const hello of [connectFrame(5), connectFrame(4), undefined, HTTP_HELLO]) {
    if (hello === undefined) {
      const found = await tryTls(location, timeoutMs);
      if (found) return found;
      continue;
    }
    const answer = await exchange(location, hello, { timeoutMs, answerMs: timeoutMs });
    closed ||= answer.closed;
    const found = classify(answer.bytes);
    // An alert tells only that it is TLS; a handshake tells more.
    if (found?.speaks === "tls") return (await tryTls(location, timeoutMs)) ?? found;
    // Some complain in words of their own when a hello is not for them: a web server, in a page without a header.
    if (found?.speaks === "other") other ??= found;
    else if (found) return found;
  }
  return other ?? silent(closed);
}

/**
 * Judges the first bytes that a server sent.
 * @returns undefined where there are none.
 */
export function classify(bytes: Uint8Array): Finding | undefined {
  if (bytes.byteLength === 0) return undefined;
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  if (text.startsWith("PYRO") && bytes.byteLength >= 6) return pyro(bytes);
  // The refusal of a Pyro 3 server stands alone, without a header.
  if (/^DENIED\d/.test(text)) return pyro3(`it refuses connections: ${text.slice(0, 7)}`);
  if (text.startsWith("HTTP/")) {
    const status = text.split("\r\n", 1)[0] ?? "";
    return { speaks: "http", text: `HTTP (${status.trim()}): a web server, or a gateway` };
  }
  if ((bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 0x03) return tlsFinding("");
  if (text.startsWith("SSH-")) {
    return { speaks: "ssh", text: `SSH (${text.split(/[\r\n]/, 1)[0]})` };
  }
  // The signature, of which either end sends its half at once. @see ZMTP 3.0, "Greeting".
  if (bytes[0] === 0xff && bytes[9] === 0x7f) {
    const text = "ZeroMQ: a server of PyProximity, or any other program that speaks it";
    return { speaks: "zeromq", text };
  }
  const manager = mslManager(bytes);
  if (manager) return manager;
  return { speaks: "other", text: `something else; its first bytes are ${preview(bytes)}` };
}

/** A manager begins, with a question or a refusal, in a line of JSON that has its name. */
function mslManager(bytes: Uint8Array): Finding | undefined {
  const end = bytes.indexOf(0x0a);
  const message = end < 0 ? undefined : decodeLine(bytes.subarray(0, end));
  if (message?.kind !== "request" && message?.kind !== "error") return undefined;
  const { requester, legacy } = message;
  if (!requester || !isManagerName(requester)) return undefined;
  const release = legacy ? "0.5" : "1.x";
  const detail =
    message.kind === "error"
      ? `refuses connections: ${message.message}`
      : `asks first for the ${message.attribute}`;
  const text = `a manager of MSL-Network ${release}, without TLS; it is called ${requester} and ${detail}`;
  return { speaks: "msl", text };
}

/** All generations begin with the tag and a version; what follows differs. */
function pyro(bytes: Uint8Array): Finding {
  const version = u16(bytes, 4);
  if (version === VERSION_5) {
    const bunsen = bytes.byteLength >= HEADER_BYTES_5 && u16(bytes, 36) === BUNSEN_MARK;
    return bunsen
      ? {
          speaks: "bunsen",
          version,
          text: "Bunsen: Pyro 5 (protocol 502) and Pyro 4 (protocol 48) on one port",
        }
      : { speaks: "pyro5", version, text: "Pyro 5 (protocol 502)" };
  }
  if (version === VERSION_4) return { speaks: "pyro4", version, text: "Pyro 4 (protocol 48)" };
  if (version > VERSION_5) {
    const text = `Pyro 5 of another version (protocol ${version}); ${VERSION_5} is what Bunsen speaks`;
    return { speaks: "pyro5", version, text };
  }
  // Pyro 4 counted from 40, Pyro 3 up to 5; in between there was nothing.
  if (version >= 40) {
    const text = `an early Pyro 4 (protocol ${version}); upgrade it to 4.82, which speaks ${VERSION_4}`;
    return { speaks: "pyro4", version, text };
  }
  if (version < 10) return pyro3(`protocol ${version}`, version);
  return { speaks: "pyro", version, text: `a Pyro that is not known here (protocol ${version})` };
}

/** @see Pyro 3.16 `protocol.py`, `PYROAdapter`: the server begins, with a challenge behind a header of 18 bytes. */
function pyro3(detail: string, version?: number): Finding {
  return {
    speaks: "pyro3",
    ...(version !== undefined && { version }),
    text: `Pyro 3, as far as its first bytes tell (${detail}); Bunsen does not speak it, since it sends pickles`,
  };
}

function tlsFinding(detail: string): Finding {
  return {
    speaks: "tls",
    text: `TLS${detail}: what speaks inside cannot be seen from here without its certificates`,
  };
}

function silent(closed: boolean): Finding {
  return {
    speaks: "silent",
    text: closed
      ? "something that accepts connections and closes them without a word"
      : "something that accepts connections and stays silent, to Pyro 4 and 5, TLS and HTTP; is it busy or stopped?",
  };
}

function nothing(location: Location, failure: NodeJS.ErrnoException, timeoutMs: number): Finding {
  const where = formatLocation(location);
  const why: Record<string, string> = {
    ECONNREFUSED: `nothing listens at ${where} (ECONNREFUSED); the host is up`,
    ENOENT: `there is no such socket: ${where} (ENOENT)`,
    ETIMEDOUT: `no connection to ${where} within ${timeoutMs} ms; the host is down, or a firewall drops the port`,
    ENOTFOUND: `the host name of ${where} does not resolve (ENOTFOUND)`,
    EAI_AGAIN: `the host name of ${where} does not resolve (EAI_AGAIN)`,
    EHOSTUNREACH: `the host of ${where} cannot be reached from here (EHOSTUNREACH)`,
    ENETUNREACH: `the network of ${where} cannot be reached from here (ENETUNREACH)`,
  };
  const text = why[failure.code ?? ""] ?? `no connection to ${where}: ${failure.message}`;
  return { speaks: "nothing", text };
}

/** The handshake of a client that wants the object which every daemon has. */
function connectFrame(generation: Generation): Uint8Array {
  const out = new ByteWriter();
  encodeMessage(
    out,
    {
      generation,
      type: MessageType.Connect,
      flags: 0,
      seq: 0,
      serializerId: serializerId(generation, "serpent"),
      // Python ignores the mark; a Bunsen daemon answers with its own.
      bunsen: generation === 5,
    },
    (payload) =>
      serpent.encode({ handshake: "hello", object: "Pyro.Daemon" }, payload, PLAIN_HOOKS),
    { maxMessageBytes: 1024 },
  );
  return out.take();
}

const HTTP_HELLO = new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n");
/** Enough to judge: the longest header, and the first line of an HTTP answer. */
const ENOUGH_BYTES = HEADER_BYTES_5;

interface Answer {
  readonly bytes: Uint8Array;
  /** The server ended the connection. */
  readonly closed: boolean;
  /** Why there was no connection. */
  readonly failure?: NodeJS.ErrnoException;
}

/** Connects, says `hello` and takes what comes back. Never rejects. */
function exchange(
  location: Location,
  hello: Uint8Array | undefined,
  { timeoutMs, answerMs }: { readonly timeoutMs: number; readonly answerMs: number },
): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let connected = false;
    const socket = net.connect(endpoint(location));
    const finish = (closed: boolean, failure?: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ bytes: Buffer.concat(chunks), closed, ...(failure && { failure }) });
    };
    const late = (): void => {
      if (connected) finish(false);
      else finish(false, Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }));
    };
    let timer = setTimeout(late, timeoutMs);
    socket.once("connect", () => {
      connected = true;
      clearTimeout(timer);
      timer = setTimeout(late, answerMs);
      if (hello) socket.write(hello);
    });
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      if (chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) >= ENOUGH_BYTES)
        finish(false);
    });
    // A reset behind an answer is no failure: Pyro closes with our bytes unread.
    socket.once("error", (error) => (connected ? finish(true) : finish(true, error)));
    socket.once("close", () => finish(true));
  });
}

/** A whole handshake, since a bare ClientHello would have to be kept up with the fashion of ciphers. */
function tryTls(location: Location, timeoutMs: number): Promise<Finding | undefined> {
  return new Promise((resolve) => {
    // Nothing is sent that a wrong peer could misuse; the certificate is looked at, not trusted.
    const socket = tls.connect({ ...endpoint(location), rejectUnauthorized: false });
    const finish = (finding: Finding | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(finding);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    socket.once("secureConnect", () => {
      const name = socket.getPeerCertificate().subject?.CN;
      const holder = name === undefined ? "" : `, certificate of ${String(name)}`;
      finish(tlsFinding(` (${socket.getProtocol() ?? "unknown version"}${holder})`));
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      // An alert is spoken TLS too: one that refuses this client.
      finish(
        code !== undefined && /ALERT|UNSUPPORTED_PROTOCOL/.test(code)
          ? tlsFinding(` (it refuses: ${code})`)
          : undefined,
      );
    });
    socket.once("close", () => finish(undefined));
  });
}

function endpoint(location: Location): { host: string; port: number } | { path: string } {
  return location.kind === "unix"
    ? { path: location.path }
    : { host: location.host, port: location.port };
}

function preview(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 40));
  return /^[\x20-\x7e\r\n\t]*$/.test(text)
    ? JSON.stringify(text)
    : `0x${Buffer.from(bytes.subarray(0, 16)).toString("hex")}`;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
