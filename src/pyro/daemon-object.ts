import { DaemonError } from "../errors.ts";
import { callContext } from "../objects/context.ts";
import { expose } from "../objects/expose.ts";
import type { Objects } from "../objects/registry.ts";
import { metadataOf, metadataToWire } from "./metadata.ts";
import type { StreamTable } from "./streams.ts";

export const DAEMON_ID = "Pyro.Daemon";

/** The object that every Pyro daemon has, under `Pyro.Daemon`. @see spec of Pyro, "The daemon object". */
export class DaemonObject {
  readonly #registry: Objects;
  readonly #streams: StreamTable;
  readonly #describe: () => string;

  constructor(registry: Objects, streams: StreamTable, describe: () => string) {
    this.#registry = registry;
    this.#streams = streams;
    this.#describe = describe;
  }

  /** Answers: the daemon is there. */
  ping(): null {
    return null;
  }

  /** The ids of all registered objects. */
  registered(): string[] {
    return [DAEMON_ID, ...this.#registry.ids().filter((id) => id !== DAEMON_ID)];
  }

  /** Where the daemon listens, and how much it serves. */
  info(): string {
    return `${DAEMON_ID} bound on ${this.#describe()}, ${this.#registry.size} objects registered.`;
  }

  /** The names of an object's methods, one-way methods and attributes. */
  get_metadata(objectId: string, as_lists = false): Record<string, unknown> {
    const entry = this.#registry.get(objectId);
    if (entry === undefined) throw new DaemonError("ERR_UNKNOWN_OBJECT", "unknown object");
    return metadataToWire(metadataOf(entry.exposure), as_lists);
  }

  /** The next item of a stream that a call returned. */
  get_next_stream_item(streamId: string): Promise<unknown> {
    const context = callContext();
    return this.#streams.next(streamId, context.caller.session, (annotations) => {
      for (const [id, data] of annotations) context.responseAnnotations.set(id, data);
    });
  }

  /** Ends a stream early. */
  close_stream(streamId: string): void {
    this.#streams.close(streamId);
  }
}

expose(DaemonObject, {
  ping: true,
  registered: true,
  info: true,
  get_metadata: true,
  get_next_stream_item: true,
  close_stream: true,
});
