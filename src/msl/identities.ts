import { ProtocolError } from "../errors.ts";
import { isPlainRecord, type PlainRecord } from "../values/types.ts";

/** What a manager tells of itself and of who is connected to it. */
export interface ManagerIdentity {
  readonly hostname: string;
  readonly port: number;
  readonly language: string;
  readonly os: string;
  /** Its own members: names and signatures. */
  readonly attributes: Readonly<PlainRecord>;
  /** By `Name[host:port]`. */
  readonly clients: ReadonlyMap<string, ClientIdentity>;
  /** By name. */
  readonly services: ReadonlyMap<string, ServiceIdentity>;
}

/** What a manager tells of a client. What it does not know is `unknown`. */
export interface ClientIdentity {
  readonly name: string;
  readonly address: string;
  readonly language: string;
  readonly os: string;
}

/** What a manager tells of a service. */
export interface ServiceIdentity extends ClientIdentity {
  /** By name: the signature of what can be called, the value of what cannot. */
  readonly attributes: Readonly<PlainRecord>;
  /** Clients that may be linked at once; 0 and less is any number. */
  readonly maxClients: number;
}

/** @throws ProtocolError `ERR_BAD_ANSWER`. */
export function managerIdentityFrom(value: unknown): ManagerIdentity {
  const record = recordOf(value);
  const entries = (key: string) => Object.entries(recordOf(record[key] ?? {}));
  return {
    hostname: textOf(record["hostname"]),
    port: Number(record["port"]),
    language: textOf(record["language"]),
    os: textOf(record["os"]),
    attributes: recordOf(record["attributes"] ?? {}),
    clients: new Map(
      entries("clients").map(([key, client]) => [key, clientFrom(recordOf(client))]),
    ),
    services: new Map(
      entries("services").map(([name, service]) => [name, serviceIdentityFrom(name, service)]),
    ),
  };
}

/** @throws ProtocolError `ERR_BAD_ANSWER`. */
export function serviceIdentityFrom(name: string, value: unknown): ServiceIdentity {
  const record = recordOf(value);
  const maxClients = record["max_clients"];
  return {
    ...clientFrom(record),
    name,
    attributes: recordOf(record["attributes"] ?? {}),
    maxClients: typeof maxClients === "number" ? maxClients : -1,
  };
}

/** The tree that `Client.identities(as_string=True)` of Python shows. */
export function formatIdentities(identity: ManagerIdentity, indent = 2): string {
  const { hostname, port, language, os, attributes, clients, services } = identity;
  const space = " ".repeat(indent);
  return [
    `Manager[${hostname}:${port}]`,
    ...indented(space, [
      "attributes:",
      ...indented(
        space,
        sorted(Object.entries(attributes)).map(([name, text]) => `${name}${text}`),
      ),
      `language: ${language}`,
      `os: ${os}`,
    ]),
    `Clients [${clients.size}]:`,
    ...indented(
      space,
      sorted(clients).flatMap(([name, client]) => [
        name,
        ...indented(space, [`language: ${client.language}`, `os: ${client.os}`]),
      ]),
    ),
    `Services [${services.size}]:`,
    ...indented(
      space,
      sorted(services).flatMap(([name, service]) => [
        `${name}[${service.address}]`,
        ...indented(space, [
          "attributes:",
          ...indented(space, sorted(Object.entries(service.attributes)).map(attributeText)),
          `language: ${service.language}`,
          `max_clients: ${service.maxClients}`,
          `os: ${service.os}`,
        ]),
      ]),
    ),
  ].join("\n");
}

function attributeText([name, published]: readonly [string, unknown]): string {
  const callable = typeof published === "string" && published.startsWith("(");
  return callable ? `${name}${published}` : `${name}() -> ${valueText(published)}`;
}

/** As Python's f-strings write values, as far as they are plain. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function indented(space: string, lines: readonly string[]): string[] {
  return lines.map((line) => space + line);
}

function sorted<T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function clientFrom(record: PlainRecord): ClientIdentity {
  return {
    name: textOf(record["name"]),
    address: textOf(record["address"]),
    language: textOf(record["language"]),
    os: textOf(record["os"]),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "unknown";
}

function recordOf(value: unknown): PlainRecord {
  if (typeof value === "object" && value !== null && isPlainRecord(value)) return value;
  throw new ProtocolError(
    "ERR_BAD_ANSWER",
    "the manager answered with something that is no identity; is it one of MSL-Network?",
  );
}
