import { BunsenError } from "../errors.ts";
import { formatLocation, type Location } from "../net/location.ts";
import { nameOfHost, type SshHost } from "./host.ts";

/** How a connection to a host is kept, whichever host. */
export interface KeepOptions {
  /** Milliseconds that connecting may take, the login included. */
  readonly connectTimeoutMs: number;
  /** Milliseconds of silence after which the host is asked for a sign of life; after three unanswered the link is lost. */
  readonly keepAliveMs: number;
}

/**
 * Arguments of the one connection to a host that all forwards share.
 * @param control - Path of its control socket.
 * @param gateway - The control socket of the hop before it, and its host.
 */
export function masterArguments(
  host: SshHost,
  control: string,
  options: KeepOptions,
  gateway?: { readonly control: string; readonly host: SshHost },
): string[] {
  return [
    ...loginArguments(host, options),
    "-N",
    "-M",
    ...["-S", control],
    ...settings({
      // What the user's configuration says of these would keep a tunnel from being one.
      ControlPersist: "no",
      ClearAllForwardings: "yes",
      ExitOnForwardFailure: "yes",
      RequestTTY: "no",
      RemoteCommand: "none",
      PermitLocalCommand: "no",
      StreamLocalBindMask: "0177",
      StreamLocalBindUnlink: "yes",
      ...(gateway && { ProxyCommand: proxyCommand(gateway.control, gateway.host) }),
    }),
    "--",
    host.host,
  ];
}

/** Arguments with which ssh runs a command at a host, by the connection that is open. */
export function commandArguments(host: SshHost, control: string, command: string): string[] {
  return [...controlArguments(control), "-T", "--", host.host, command];
}

/** Arguments that ask the connection behind a control socket for something: `-O forward -L …`. */
export function requestArguments(host: SshHost, control: string, request: string[]): string[] {
  return [...controlArguments(control), ...request, "--", host.host];
}

/**
 * Nothing of a configuration: its forwards would be asked for as well. And no way but the connection that is open: ssh
 * would make one of its own where that is gone, to the standard port of the host, as whoever runs this.
 */
function controlArguments(control: string): string[] {
  const none = settings({ ControlMaster: "no", ProxyCommand: "false" });
  return ["-F", "/dev/null", "-S", control, ...none];
}

function loginArguments(host: SshHost, { connectTimeoutMs, keepAliveMs }: KeepOptions): string[] {
  const { configFile, user, port, identityFile, knownHostsFile } = host;
  const secret = host.password !== undefined || host.passphrase !== undefined;
  return [
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(identityFile === undefined ? [] : ["-i", identityFile]),
    ...settings({
      // Never a question at a terminal: what cannot be answered from here is an error.
      BatchMode: secret ? "no" : "yes",
      ...(secret && { NumberOfPasswordPrompts: "1" }),
      ...(identityFile !== undefined && { IdentitiesOnly: "yes" }),
      StrictHostKeyChecking: host.hostKeys === "accept-new" ? "accept-new" : "yes",
      // A port of this machine that leads to a gateway is a host like any other.
      NoHostAuthenticationForLocalhost: "no",
      ...(knownHostsFile !== undefined && { UserKnownHostsFile: quoted(knownHostsFile) }),
      ConnectTimeout: String(Math.max(1, Math.ceil(connectTimeoutMs / 1000))),
      ServerAliveInterval: String(Math.max(1, Math.round(keepAliveMs / 1000))),
      ServerAliveCountMax: "3",
      ForwardAgent: "no",
      ForwardX11: "no",
      // Errors are read from what it prints.
      LogLevel: "INFO",
    }),
  ];
}

function settings(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** ssh reads the value of an option as a line of its configuration, where a blank ends a word. */
function quoted(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}

/** A byte stream to the next host, by the connection to the one before it. ssh gives it to a shell. */
function proxyCommand(control: string, host: SshHost): string {
  const words = ["ssh", ...controlArguments(control), "-W", "[%h]:%p", "--", host.host];
  return words.map(shellWord).join(" ");
}

/** One word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Where a forward leads, as ssh writes it: `host:port`, `[ipv6]:port` or a path. */
export function forwardTarget(location: Location): string {
  if (location.kind === "unix") {
    if (location.path.startsWith("/")) return location.path;
    throw unreachable(location, "ssh forwards to sockets with an absolute path only");
  }
  // Hosts come from peers too, in the URIs they hand out; a colon or blank would mean something else to ssh.
  if (!/^[\w.:%-]+$/.test(location.host)) throw unreachable(location, "that is no host name");
  return formatLocation(location);
}

function unreachable(location: Location, why: string): BunsenError {
  return new BunsenError(
    "ERR_BAD_URI",
    `${JSON.stringify(formatLocation(location))} cannot be reached through a tunnel: ${why}`,
  );
}

/** What a person would type to log in, for messages. */
export function commandLineOf(host: SshHost): string {
  const { configFile, port } = host;
  const { port: _, ...rest } = host;
  return [
    "ssh",
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    nameOfHost(rest),
  ].join(" ");
}
