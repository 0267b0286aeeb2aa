/** Name server and its clients: what other rooms may use. */
export { Announcement, type AnnounceOptions } from "./announcement.ts";
export type { BroadcastLookupOptions } from "./broadcast.ts";
export type { NameChange, NameEvent, NameRecord, NameSnapshot } from "./changes.ts";
export {
  type LocateOptions,
  locateBy,
  locateNameServer,
  type NameFilter,
  type NameLookup,
  type NameServerClient,
  type RegisterNameOptions,
  type WatchOptions,
} from "./client.ts";
export { NAME_SERVER_NAME, NameServer, type NameServerStatistics } from "./name-server.ts";
export { resolveUri } from "./resolve.ts";
export { typeMeta } from "./type-meta.ts";
