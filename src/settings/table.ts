import type { LogLevel } from "../log.ts";
import { DEFAULT_LIMITS } from "../pyro/connection.ts";
import { DEFAULT_SERVING_OPTIONS } from "../pyro/serving-options.ts";
import { DEFAULT_STREAM_OPTIONS } from "../pyro/streams.ts";
import type { SerializerName } from "../serializers/index.ts";
import { count, flag, list, oneOf, port, type Reader, seconds, someOf, text } from "./readers.ts";

/** What the environment can set, by the names that Pyro has for it; times in seconds, as there. */
export interface Settings {
  readonly HOST: string;
  readonly NS_HOST: string;
  readonly NS_PORT: number;
  readonly NS_BCHOST: string;
  readonly NS_BCPORT: number;
  readonly NS_AUTOCLEAN: number;
  readonly NS_LOOKUP_DELAY: number;
  readonly BROADCAST_ADDRS: readonly string[];
  readonly COMMTIMEOUT: number;
  readonly CONNECT_TIMEOUT: number;
  readonly MAX_RETRIES: number;
  readonly NATHOST: string;
  readonly NATPORT: number;
  readonly COMPRESSION: boolean;
  readonly MAX_MESSAGE_SIZE: number;
  readonly SERIALIZER: SerializerName | "auto";
  readonly SERIALIZERS_ACCEPTED: readonly SerializerName[];
  readonly ITER_STREAM_LIFETIME: number;
  readonly ITER_STREAM_LINGER: number;
  readonly LOGLEVEL: LogLevel | "silent";
  readonly LOGFILE: string;
  readonly LOGWIRE: boolean;
  readonly HMAC_KEY: string;
  readonly HTTPGATEWAY_KEY: string;
  readonly SSH_HOSTS: string;
  readonly SSL: boolean;
  readonly SSL_SERVERCERT: string;
  readonly SSL_SERVERKEY: string;
  readonly SSL_SERVERKEYPASSWD: string;
  readonly SSL_CLIENTCERT: string;
  readonly SSL_CLIENTKEY: string;
  readonly SSL_CLIENTKEYPASSWD: string;
  readonly SSL_CACERTS: string;
  readonly SSL_REQUIRECLIENTCERT: boolean;
}

export type SettingName = keyof Settings;

/** One setting; the table in `docs/configuration.md` is this one. */
export interface Setting<T> {
  /** What holds where the environment says nothing. */
  readonly fallback: T;
  readonly reader: Reader<T>;
  readonly meaning: string;
  /** The option that it is the default of. */
  readonly option: string;
  /** Pyro does not have it: only `BUNSEN_…` is looked for. */
  readonly ours?: true;
  /** Is not shown. */
  readonly secret?: true;
}

const SERIALIZERS = DEFAULT_SERVING_OPTIONS.serializers;
const UNSAFE = ["pickle", "dill", "cloudpickle"];

/** `silent` and the levels of Python's logging beside those of {@link LogLevel}. */
const levels = oneOf<LogLevel | "silent">(["debug", "info", "warn", "error", "silent"], {
  notset: "debug",
  warning: "warn",
  critical: "error",
  fatal: "error",
});

export const SETTINGS: { readonly [Name in SettingName]: Setting<Settings[Name]> } = {
  HOST: {
    fallback: "localhost",
    reader: text,
    meaning: "where servers listen that are not told where",
    option: "`daemon.listen()`, `startNameServer({ host })`",
  },
  NS_HOST: {
    fallback: "localhost",
    reader: text,
    meaning: "where the name server is; localhost: here, else the one that answers a broadcast",
    option: "`nameServer.host`",
  },
  NS_PORT: {
    fallback: 9090,
    reader: port,
    meaning: "TCP port of the name server",
    option: "`nameServer.port`, `startNameServer({ port })`",
  },
  NS_BCHOST: {
    fallback: "",
    reader: text,
    meaning: "where broadcasts are answered; empty is everywhere",
    option: "`startNameServer({ broadcastHost })`",
  },
  NS_BCPORT: {
    fallback: 9091,
    reader: port,
    meaning: "UDP port of name server broadcasts",
    option: "`nameServer.broadcast.port`, `startNameServer({ broadcastPort })`",
  },
  NS_AUTOCLEAN: {
    fallback: 0,
    reader: seconds,
    meaning: "seconds between two rounds that remove names that cannot be reached; 0 is never",
    option: "`startNameServer({ autoCleanMs })`",
  },
  NS_LOOKUP_DELAY: {
    fallback: 0,
    reader: seconds,
    meaning: "seconds to wait for a name that is not registered yet",
    option: "`nameServer.waitForNameMs`",
  },
  BROADCAST_ADDRS: {
    fallback: ["<broadcast>", "0.0.0.0"],
    reader: list,
    meaning: "addresses at which a name server is asked for",
    option: "`nameServer.broadcast.addresses`",
  },
  COMMTIMEOUT: {
    fallback: 0,
    reader: seconds,
    meaning: "seconds that a call may take, and that a caller may be silent; 0 is no limit",
    option: "`connect(…, { timeout })`, `listen(…, { idleTimeoutMs })`",
  },
  CONNECT_TIMEOUT: {
    fallback: 10,
    reader: seconds,
    meaning: "seconds that connecting may take, of the command line",
    option: "`--timeout`",
    ours: true,
  },
  MAX_RETRIES: {
    fallback: 0,
    reader: count,
    meaning: "how often a method call is made again when the connection was lost, or time ran out",
    option: "`connect(…, { retries })`",
  },
  NATHOST: {
    fallback: "",
    reader: text,
    meaning: "the host of URIs that are handed out, where a router passes calls on",
    option: "`listen(…, { natHost })`",
  },
  NATPORT: {
    fallback: 0,
    reader: port,
    meaning: "the port that belongs to it; 0 is the listener's",
    option: "`listen(…, { natPort })`",
  },
  COMPRESSION: {
    fallback: DEFAULT_LIMITS.compression,
    reader: flag,
    meaning: "compress what is worth it",
    option: "`compression`",
  },
  MAX_MESSAGE_SIZE: {
    fallback: DEFAULT_LIMITS.maxMessageBytes,
    reader: count,
    meaning: "bytes of the largest message, both ways; 0 is no limit, as in Pyro4",
    option: "`maxMessageBytes`",
  },
  SERIALIZER: {
    fallback: "auto",
    reader: oneOf<SerializerName | "auto">([...SERIALIZERS, "auto"]),
    meaning: "serializer of calls; auto is what suits the peer",
    option: "`connect(…, { serializer })`",
  },
  SERIALIZERS_ACCEPTED: {
    fallback: SERIALIZERS,
    // An installation of Pyro4 may accept pickle too; who then sends it is refused, by name.
    reader: someOf<SerializerName>(SERIALIZERS, UNSAFE),
    meaning: "serializers that callers may use",
    option: "`listen(…, { serializers })`",
  },
  ITER_STREAM_LIFETIME: {
    fallback: DEFAULT_STREAM_OPTIONS.streamLifetimeMs / 1000,
    reader: seconds,
    meaning: "seconds that an item stream may live in all; 0 is without end",
    option: "`new Daemon({ streamLifetimeMs })`",
  },
  ITER_STREAM_LINGER: {
    fallback: DEFAULT_STREAM_OPTIONS.streamLingerMs / 1000,
    reader: seconds,
    meaning: "seconds that an item stream outlives its connection",
    option: "`new Daemon({ streamLingerMs })`",
  },
  LOGLEVEL: {
    fallback: "warn",
    reader: levels,
    meaning: "from where on log lines are written",
    option: "`new Daemon({ logger })`, `--log-level`",
  },
  LOGFILE: {
    fallback: "{stderr}",
    reader: text,
    meaning: "the file that log lines are added to; {stderr} is standard error",
    option: "`new Daemon({ logger })`, `--log-file`",
  },
  LOGWIRE: {
    fallback: false,
    reader: flag,
    meaning: "a debug line for each call: object, member, caller, outcome, milliseconds",
    option: "`new Daemon({ logCalls })`",
  },
  HMAC_KEY: {
    fallback: "",
    reader: text,
    meaning: "Pyro4's key, of the command line; programs give theirs",
    option: "`--hmac-key-file`",
    secret: true,
  },
  HTTPGATEWAY_KEY: {
    fallback: "",
    reader: text,
    meaning:
      "the key that callers of `bunsen gateway` must show, and that `bunsen` shows at `ws://` addresses; programs give theirs",
    option: "`--key-file`",
    secret: true,
  },
  SSH_HOSTS: {
    fallback: "",
    reader: text,
    meaning:
      "JSON file of hosts that tunnels go by, as pyro4tunneling has it; empty: what OpenSSH knows",
    option: "`via`, `new SshHosts(file)`",
    ours: true,
  },
  SSL: {
    fallback: false,
    reader: flag,
    meaning: "speak TLS, as the settings below say",
    option: "`tls`",
  },
  SSL_SERVERCERT: {
    fallback: "",
    reader: text,
    meaning: "PEM file of a listener's certificate",
    option: "`listen(…, { tls: { cert } })`",
  },
  SSL_SERVERKEY: {
    fallback: "",
    reader: text,
    meaning: "PEM file of its key; empty: the certificate's file has it",
    option: "`listen(…, { tls: { key } })`",
  },
  SSL_SERVERKEYPASSWD: {
    fallback: "",
    reader: text,
    meaning: "password of that key",
    option: "`listen(…, { tls: { passphrase } })`",
    secret: true,
  },
  SSL_CLIENTCERT: {
    fallback: "",
    reader: text,
    meaning: "PEM file of a caller's certificate",
    option: "`connect(…, { tls: { cert } })`",
  },
  SSL_CLIENTKEY: {
    fallback: "",
    reader: text,
    meaning: "PEM file of its key; empty: the certificate's file has it",
    option: "`connect(…, { tls: { key } })`",
  },
  SSL_CLIENTKEYPASSWD: {
    fallback: "",
    reader: text,
    meaning: "password of that key",
    option: "`connect(…, { tls: { passphrase } })`",
    secret: true,
  },
  SSL_CACERTS: {
    fallback: "",
    reader: text,
    meaning: "PEM file, or folder of them, of authorities to trust beside the system's",
    option: "`tls: { ca }`",
  },
  SSL_REQUIRECLIENTCERT: {
    fallback: false,
    reader: flag,
    meaning: "refuse callers without a certificate of those authorities",
    option: "`listen(…, { tls: { requireClientCert } })`",
  },
};

/** Settings of Pyro that change nothing here, with the reason. A value that the environment has for one is ignored. */
export const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  SERVERTYPE:
    "a daemon here always serves all connections from one event loop; calls overlap where they await",
  THREADPOOL_SIZE:
    "there are no threads; `maxConnections` and `maxConcurrentCalls` bound a listener",
  THREADPOOL_SIZE_MIN: "there are no threads",
  PREFER_IP_VERSION:
    "Node tries a name's addresses of both versions side by side; an address in its place leaves no choice",
  POLLTIMEOUT: "Node waits for sockets without a tick of its own",
  SOCK_REUSE: "Node always sets it where a listener needs it",
  SOCK_NODELAY: "always on: what is sent in one turn leaves as one write anyway",
  DETAILED_TRACEBACK:
    "JavaScript does not tell the values of a stack's variables; tracebacks have the stack",
  SERPENT_BYTES_REPR:
    "bytes always travel in the form that every Pyro reads; msgpack, which Bunsen peers use, has them as they are",
  ITER_STREAMING: "streams are always on; a method that returns an array sends a list",
  ONEWAY_THREADED: "one-way calls never keep their caller's next one waiting",
  AUTOPROXY: "always on: a registered object travels as a proxy",
  METADATA: "always on: a proxy asks what its object offers when it connects",
  REQUIRE_EXPOSE:
    "always on: nothing is reachable that was not exposed; `register(…, { expose: /./ })` opens an object",
  FLAME_ENABLED: "Flame runs code that callers send; it is refused",
  JSON_MODULE: "of Python",
  PICKLE_PROTOCOL_VERSION: "pickle runs code that peers send; it is refused",
  DILL_PROTOCOL_VERSION: "dill runs code that peers send; it is refused",
  USE_MSG_WAITALL: "of Python's sockets",
};
