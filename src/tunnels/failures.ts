import {
  BunsenError,
  CommunicationError,
  ConnectionClosedError,
  type Retry,
  SecurityError,
} from "../errors.ts";
import { commandLineOf } from "./arguments.ts";
import { nameOfHost, type SshHost } from "./host.ts";

/** What ssh may say when it ends before its time, and what to do about it. First match counts. */
interface Failure {
  readonly pattern: RegExp;
  readonly code: string;
  readonly kind: "security" | "communication" | "settings";
  readonly retry?: Retry;
  readonly remedy: (host: SshHost, words: RegExpExecArray) => string;
}

/** In place of ssh's words: it has none for this. */
export const IN_BACKGROUND = "ssh went into the background, as ForkAfterAuthentication has it";

const FAILURES: readonly Failure[] = [
  {
    pattern: /went into the background/,
    code: "ERR_SSH_CONFIG",
    kind: "settings",
    remedy: () =>
      "a tunnel needs it at hand; set that to no for this host in the OpenSSH configuration",
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: "ERR_SSH_HOST_KEY_CHANGED",
    kind: "security",
    remedy: (host) =>
      `its host key is not the one that is known. If it was installed anew, ask its administrator for the new fingerprint, remove the old key with "ssh-keygen -R ${knownName(host)}${host.knownHostsFile === undefined ? "" : ` -f ${host.knownHostsFile}`}" and log in once with "${commandLineOf(host)}"; otherwise somebody is between you and the host`,
  },
  {
    pattern: /No \S+ host key is known for|Host key verification failed/,
    code: "ERR_SSH_HOST_KEY_UNKNOWN",
    kind: "security",
    remedy: (host) =>
      `its host key is not known here; log in once with "${commandLineOf(host)}" and compare the fingerprint, or pass { hostKeys: "accept-new" } to trust what it shows the first time`,
  },
  {
    pattern: /Permission denied|Too many authentication failures/,
    code: "ERR_SSH_LOGIN",
    kind: "security",
    remedy: (host) =>
      host.password === undefined
        ? `it accepts none of the keys that ssh offered; "${commandLineOf(host)}" must work without a question first: add the key with ssh-add, name it as identityFile, or pass a password`
        : "it refused the password, or wants something else; is the user name right?",
  },
  {
    pattern: /Could not resolve hostname/,
    code: "ERR_SSH_CONNECT",
    kind: "communication",
    retry: "later",
    remedy: () => "is the name spelt right, or an alias of another configuration?",
  },
  {
    pattern:
      /Connection refused|No route to host|Network is unreachable|timed out|Connection closed by|Connection reset by|kex_exchange_identification|open failed/,
    code: "ERR_SSH_CONNECT",
    kind: "communication",
    retry: "later",
    remedy: () => "is the host up, and does its sshd listen at this port?",
  },
  {
    pattern:
      /Bad configuration option|keyword .* extra arguments|Can't open user config file|terminating, \d+ bad configuration/,
    code: "ERR_SSH_CONFIG",
    kind: "settings",
    remedy: (host) => `put the configuration right; "${commandLineOf(host)}" shows the same`,
  },
  {
    pattern: /ssh: not found|ssh: command not found|ENOENT/,
    code: "ERR_SSH_MISSING",
    kind: "settings",
    remedy: () =>
      "there is no OpenSSH client here; install it (Debian and Ubuntu: apt-get install openssh-client)",
  },
];

/** Why there is no connection to a host, in ssh's own words and with what to do. */
export function loginFailure(host: SshHost, stderr: string): BunsenError {
  return failure(`cannot log in to ${nameOfHost(host)} with ssh`, host, stderr);
}

/** Why a connection that stood is gone. */
export function linkFailure(host: SshHost, stderr: string): ConnectionClosedError {
  const words = wordsOf(stderr);
  return new ConnectionClosedError(
    "ERR_TUNNEL_LOST",
    `the tunnel through ${nameOfHost(host)} broke${words ? `: ${words}` : ""}`,
    { retry: "unknown" },
  );
}

function failure(what: string, host: SshHost, stderr: string): BunsenError {
  const words = wordsOf(stderr) || "ssh ended without a word";
  for (const { pattern, code, kind, retry = "never", remedy } of FAILURES) {
    const match = pattern.exec(stderr);
    if (match === null) continue;
    const text = `${what}: ${words}; ${remedy(host, match)}`;
    if (kind === "security") return new SecurityError(code, text);
    if (kind === "communication") return new CommunicationError(code, text, { retry });
    return new BunsenError(code, text);
  }
  return new CommunicationError(
    "ERR_SSH",
    `${what}: ${words}; "${commandLineOf(host)}" in a terminal may tell more`,
    { retry: "later" },
  );
}

/** Why a forward was refused. `stderr` is that of the connection since it was asked. */
export function forwardFailure(host: SshHost, what: string, stderr: string): CommunicationError {
  const words = wordsOf(stderr);
  const far = /remote port forwarding failed/.test(stderr);
  const taken = /Address already in use|cannot listen to port/.test(stderr);
  if (taken && !far) {
    const text = `${what}: the port is in use here (${words}); stop the other program, or leave the port out to have a free one`;
    return new CommunicationError("ERR_PORT_IN_USE", text, { retry: "later" });
  }
  const remedy = far
    ? `the port is in use at ${nameOfHost(host)}, or its sshd forwards none; leave farPort out to have a free one, and see AllowTcpForwarding in its sshd_config`
    : "does its sshd allow forwarding (AllowTcpForwarding, AllowStreamLocalForwarding)?";
  return new CommunicationError("ERR_FORWARD_REFUSED", `${what}: ${words}; ${remedy}`, {
    retry: "later",
  });
}

/** How `known_hosts` names a host: with its port where that is not 22. */
function knownName({ host, port = 22 }: SshHost): string {
  return port === 22 ? host : `"[${host}]:${port}"`;
}

/** What ssh said, as one line: without the frame of its banners and what is no complaint. */
export function wordsOf(stderr: string): string {
  const lines = stderr
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^@|^debug\d:|^Warning: Permanently added/.test(line));
  return [...new Set(lines)].slice(-MAX_LINES).join(" / ").slice(0, MAX_CHARS).replace(/\.$/, "");
}

const MAX_LINES = 6;
const MAX_CHARS = 800;
