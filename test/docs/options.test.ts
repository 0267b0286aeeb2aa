import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GatewayOptions } from "../../src/gateway/index.ts";
import type {
  AnnounceOptions,
  CallOptions,
  ConnectOptions,
  DaemonOptions,
  ListenOptions,
  LocateOptions,
  NameServerServeOptions,
  RegisterOptions,
  ServeOptions,
} from "../../src/index.ts";
import { root } from "../support/docs.ts";

/** All the options that a type has: the compiler refuses a list in which one is missing. */
type All<T> = Record<keyof T, true>;

const yes = true as const;

const listen: All<ListenOptions> = {
  maxMessageBytes: yes,
  maxAnnotationsBytes: yes,
  maxPendingBytes: yes,
  maxCallbacks: yes,
  compression: yes,
  handshakeTimeoutMs: yes,
  maxHandshakeBytes: yes,
  idleTimeoutMs: yes,
  maxConcurrentCalls: yes,
  tls: yes,
  hmacKeys: yes,
  maxConnections: yes,
  natHost: yes,
  natPort: yes,
  serializers: yes,
  via: yes,
  proximity: yes,
  gateway: yes,
};

const daemon: All<DaemonOptions> = {
  logger: yes,
  logCalls: yes,
  streamLingerMs: yes,
  streamLifetimeMs: yes,
  maxStreams: yes,
  proxies: yes,
  annotations: yes,
  nameServer: yes,
  classes: yes,
};

const connect: All<ConnectOptions> = {
  timeout: yes,
  serializer: yes,
  tls: yes,
  hmacKey: yes,
  retries: yes,
  generation: yes,
  handshake: yes,
  handshakeAnnotations: yes,
  onHandshake: yes,
  nameServer: yes,
  signal: yes,
  maxMessageBytes: yes,
  maxAnnotationsBytes: yes,
  maxPendingBytes: yes,
  maxCallbacks: yes,
  compression: yes,
  via: yes,
  msl: yes,
  proximity: yes,
  gatewayKey: yes,
  classes: yes,
};

const register: All<RegisterOptions> = {
  expose: yes,
  mode: yes,
  create: yes,
  serial: yes,
  beside: yes,
  force: yes,
  weak: yes,
};

const call: All<CallOptions> = {
  timeout: yes,
  signal: yes,
  retries: yes,
  oneway: yes,
  correlationId: yes,
  annotations: yes,
  onAnnotations: yes,
};

const locate: All<LocateOptions> = {
  host: yes,
  port: yes,
  broadcast: yes,
  timeout: yes,
  signal: yes,
  waitForNameMs: yes,
  channel: yes,
};

const announce: All<Omit<AnnounceOptions, keyof LocateOptions>> = {
  metadata: yes,
  safe: yes,
  checkMs: yes,
  via: yes,
};

const gateway: All<GatewayOptions> = {
  expose: yes,
  nameServer: yes,
  managers: yes,
  socketIo: yes,
  root: yes,
  keys: yes,
  origins: yes,
  hosts: yes,
  console: yes,
  timeout: yes,
  maxBodyBytes: yes,
  maxCalls: yes,
  maxRequestsPerSecond: yes,
};

const serve: All<Omit<ServeOptions, keyof ListenOptions>> = { name: yes };

const nameServer: All<Omit<NameServerServeOptions, keyof DaemonOptions>> = {
  host: yes,
  port: yes,
  unixSocket: yes,
  storage: yes,
  broadcastPort: yes,
  broadcastHost: yes,
  autoCleanMs: yes,
  listen: yes,
  maxNames: yes,
  maxTextLength: yes,
  maxTags: yes,
  regexMs: yes,
  maxWatchers: yes,
};

describe.each([
  ["configuration.md", "## A listener: ", listen],
  ["configuration.md", "`daemon.serve(", serve],
  ["configuration.md", "## A daemon: ", daemon],
  ["configuration.md", "## An object: ", register],
  ["configuration.md", "## A proxy: ", connect],
  ["configuration.md", "## A call: ", call],
  ["configuration.md", "## Where the name server is: ", locate],
  ["configuration.md", "`daemon.announce(", announce],
  ["names.md", "## Run one", nameServer],
  ["gateway.md", "## Who may call", gateway],
] as const)("docs/%s under %s", (page, heading, options) => {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const [, behind = ""] = text.split(`\n${heading}`);
  const [section = ""] = behind.split(/\n## /);

  it.each(Object.keys(options))("has `%s`", (name) => {
    expect(section).toContain(`\`${name}\``);
  });
});
