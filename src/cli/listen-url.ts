import { processEnvironment, setting } from "../settings/environment.ts";

/** Where the options of a command tell it to listen, as a URL for `daemon.listen`. */
export function listenUrl(options: {
  readonly host?: string;
  readonly port: number;
  readonly unixSocket?: string;
}): string {
  if (options.unixSocket !== undefined) return `pyro://./u:${options.unixSocket}`;
  const host = options.host ?? setting("HOST", processEnvironment());
  return `pyro://${bracketed(host)}:${options.port}`;
}

/** A host as URLs have it: IPv6 addresses in brackets. */
export function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
