import { unconnected } from "../connect.ts";
import { BunsenError } from "../errors.ts";
import type { Caller } from "../objects/call.ts";
import { currentContext } from "../objects/context.ts";
import { expose, type MemberSpec } from "../objects/expose.ts";
import { isProxy, uriOf } from "../objects/proxy.ts";
import { readAs } from "../objects/source.ts";
import { withDefaults } from "../options.ts";
import { environmentLogger } from "../settings/logger.ts";
import { isPlainRecord } from "../values/types.ts";
import { checked } from "./changeable.ts";
import { type ControllerInfo, Controllers, DEFAULT_ROLE } from "./controllers.ts";
import { Door, type Snapshot } from "./door.ts";
import { type ChangeEvent, type Happening, logTo, type ModelEvent } from "./events.ts";
import { History } from "./history.ts";
import { registered } from "./policies.ts";
import type { ChangingMethods, Methods, ModelSpec, ReadingMethods } from "./spec.ts";
import type { Refreshable } from "./viewer.ts";
import { DEFAULT_VIEWERS, type Delivery, type ViewerInfo, Viewers } from "./viewers.ts";
import { type WatcherInfo, Watchers } from "./watchers.ts";

/** Records that are kept in memory. */
const MAX_RECORDS = 1000;
const MAX_CONTROLLERS = 256;

/** What `model` makes: the object to register, with its own methods beside those of `Model`. */
export type ServedModel<
  S extends object,
  R extends Methods = Record<never, never>,
  C extends Methods = Record<never, never>,
> = Model<S> & ReadingMethods<S, R> & ChangingMethods<C>;

/**
 * Makes an object with a state that one program owns, any number of viewers watch, and registered controllers change:
 *
 *     const stage = model({
 *       state: { position: 0 },
 *       change: { async moveTo(position: number) { await motor(position); this.position = position; } },
 *     });
 *     daemon.register("stage", stage);
 *
 * Methods have the state as `this`. Those of `read` see what is committed, at any time. Those of `change` run one at a
 * time, and write into a copy that takes the place of the state when they are done; one that throws changes nothing.
 * Without a `query` of its own it has one that gives the state.
 * @throws BunsenError `ERR_BAD_MODEL` for a name that the model has already.
 */
export function model<
  S extends object,
  R extends Methods = Record<never, never>,
  C extends Methods = Record<never, never>,
>(spec: ModelSpec<S, R, C>): ServedModel<S, NoInfer<R>, NoInfer<C>> {
  return new Model<S>(spec as unknown as ModelSpec<S, Methods, Methods>) as never;
}

type AnyMethod = (...args: unknown[]) => unknown;

/** What every live model has, for its viewers, its controllers, and the program that owns it. */
export class Model<S extends object> implements AsyncDisposable {
  readonly #door: Door<S>;
  readonly #controllers: Controllers;
  readonly #viewers: Viewers;
  readonly #watchers = new Watchers();
  readonly #history: History;
  readonly #changeable: ModelSpec<S, Methods, Methods>["changeable"];
  readonly #listeners = new Set<(event: ModelEvent) => void>();

  /** @internal Made by `model`. */
  constructor(spec: ModelSpec<S, Methods, Methods>) {
    const { policy = registered, logger = environmentLogger() } = spec;
    const report = (happening: Happening) => this.#report(happening);
    this.#controllers = new Controllers({
      policies: typeof policy === "function" ? [policy] : policy,
      maxControllers: spec.maxControllers ?? MAX_CONTROLLERS,
      report,
    });
    this.#door = new Door(spec.state, this.#controllers, report);
    const { connect, ...viewers } = spec.viewers ?? {};
    // Unless the model has its own way, a viewer that is named is reached as one that is passed.
    const proxyOf = (uri: string, caller: Caller | undefined) =>
      ((connect ? undefined : caller?.proxyOf?.(uri)) ??
        unconnected(uri, connect ?? {})) as Refreshable;
    this.#viewers = new Viewers(withDefaults(DEFAULT_VIEWERS, viewers), proxyOf, report);
    this.#history = new History({
      maxRecords: spec.maxRecords ?? MAX_RECORDS,
      file: spec.recordFile,
      failed: (error) => logger.error({ err: error, file: spec.recordFile }, "record not written"),
    });
    this.#changeable = spec.changeable;
    this.onEvent(logTo(logger));
    this.#install(spec);
  }

  /** What is committed. Frozen: it is changed by changing methods, and `update`. */
  get state(): S {
    return this.#door.now.state;
  }

  /** One more with each change; 0 at first. */
  get version(): number {
    return this.#door.now.version;
  }

  // ---- for the program that owns it ------------------------------------------------------------------------------

  /**
   * A change of the model's own program: a timer, an instrument. By the same door as all others, with the identity
   * `"model"`, and without leave.
   * @param operation - How the record calls it.
   */
  async update<T>(change: (draft: S) => T, operation: string = "update"): Promise<Awaited<T>> {
    return (await this.#door.change(
      { asker: undefined, operation, args: [] },
      change,
    )) as Awaited<T>;
  }

  /** Calls `listener` with all that happens from now on. Returns a function that takes it back. */
  onEvent(listener: (event: ModelEvent) => void): () => void {
    const own = (event: ModelEvent) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Lets go of viewers, ends those who watch, and takes no changes any more. */
  async close(): Promise<void> {
    this.#door.close();
    this.#viewers.close("the model was closed");
    await this.#history.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ---- for viewers -----------------------------------------------------------------------------------------------

  /** Streams the state with its version: as it is now, then as it changes. Slow readers get the newest. */
  watch(): AsyncIterableIterator<Snapshot<S>, undefined, undefined> {
    const snapshots = this.#door.snapshots[Symbol.asyncIterator]();
    const isRemote = currentContext()?.caller !== undefined;
    return isRemote ? this.#watchers.listed(snapshots, this.#controllers.who()) : snapshots;
  }

  /** Registers a viewer, as a proxy or its URI: its `refresh()` is called after each change from the next one on. */
  addViewer(viewer: unknown): void {
    this.#door.refuseClosed();
    const caller = currentContext()?.caller;
    this.#viewers.add(viewer, this.version, this.#controllers.who(), caller);
  }

  /** Takes a viewer off the list, by its proxy or URI. One that is not on it is no error. */
  removeViewer(viewer: unknown): void {
    this.#viewers.remove(viewer, "removed on request");
  }

  /** Viewers: address, since when, last refresh, failures. */
  listViewers(): ViewerInfo[] {
    return this.#viewers.list();
  }

  /** Remote callers that read `watch()` now: who they are, since when, and which version they have. */
  listWatchers(): WatcherInfo[] {
    return this.#watchers.list();
  }

  /** Waits until every viewer was told of a version (that of now) or is gone; tells how many were. */
  delivered(version: number = this.version): Promise<Delivery> {
    return this.#viewers.told(Math.min(version, this.version));
  }

  // ---- for controllers -------------------------------------------------------------------------------------------

  /** Registers the calling connection as a controller, and returns its identity. */
  addController(identity: unknown = null, role: string | null = null): Promise<string> {
    return this.#controllers.add(identityIn(identity), role ?? DEFAULT_ROLE);
  }

  /** Takes the registration of the calling connection back. */
  removeController(identity: unknown = null): void {
    this.#controllers.remove(identityIn(identity));
  }

  /** Whether somebody is registered as that. */
  validateController(identity: unknown): boolean {
    const name = identityIn(identity);
    return name !== undefined && this.#controllers.isRegistered(name);
  }

  /** Controllers: identity, role, address, dialect, since when. */
  listControllers(): ControllerInfo[] {
    return this.#controllers.list();
  }

  /** Who changed what after version `since`, the newest `limit`: changes made, failed and refused, oldest first. */
  history(since: number = 0, limit: number = 100): ChangeEvent[] {
    return this.#history.list(since, limit);
  }

  /**
   * Sets several values at once, all or none; with `delivered` waits until viewers were told, and returns how many.
   * Exposed where the model says what is changeable.
   */
  async doModify(
    values: unknown,
    { delivered = false }: { readonly delivered?: boolean } = {},
  ): Promise<Delivery | undefined> {
    return await this.#modify("doModify", [values], values, delivered);
  }

  /** The same with the controller's name, which must be that of the connection; values as a map or by their names. */
  async modify(
    controller: unknown = null,
    values: unknown = null,
    { delivered = false, ...named }: { readonly delivered?: boolean; [name: string]: unknown } = {},
  ): Promise<Delivery | undefined> {
    const identity = identityIn(controller);
    const all = merged(values ?? {}, named);
    return await this.#modify("modify", [identity ?? null, all], all, delivered, identity);
  }

  async #modify(
    operation: string,
    args: readonly unknown[],
    values: unknown,
    delivered: boolean,
    claims?: string,
  ): Promise<Delivery | undefined> {
    const asker = this.#controllers.asker();
    let version = 0;
    await this.#door.change({ asker, operation, args, claims }, (draft) => {
      const record = draft as Record<string, unknown>;
      for (const [key, value] of checked(this.#changeable ?? {}, record, values)) {
        record[key] = value;
      }
      version = this.version + 1;
    });
    return delivered ? await this.delivered(version) : undefined;
  }

  #install(spec: ModelSpec<S, Methods, Methods>): void {
    const { docs = {} } = spec;
    const specs: Record<string, MemberSpec> = {};
    const add = (name: string, original: AnyMethod, wrapper: AnyMethod) => {
      if (name in this) {
        throw new BunsenError(
          "ERR_BAD_MODEL",
          `a model has a "${name}" of its own, or it is given twice; choose another name`,
        );
      }
      // Not an assignment: nobody is to replace it.
      Object.defineProperty(this, name, { value: readAs(wrapper, original), enumerable: true });
      specs[name] = docs[name] === undefined ? {} : { doc: docs[name] };
    };
    const read: Methods = { query: giveState, ...spec.read };
    for (const [name, method] of Object.entries(read as Record<string, AnyMethod>)) {
      add(name, method, (...args) => Reflect.apply(method, this.state, args));
    }
    for (const [operation, method] of Object.entries(
      (spec.change ?? {}) as Record<string, AnyMethod>,
    )) {
      add(operation, method, (...args) => {
        const asker = this.#controllers.asker();
        return this.#door.change({ asker, operation, args }, (draft) =>
          Reflect.apply(method, draft, args),
        );
      });
    }
    if (spec.changeable) Object.assign(specs, { doModify: {}, modify: {} });
    expose<object>(this, specs, spec.doc === undefined ? {} : { doc: spec.doc });
  }

  #report(happening: Happening): void {
    const event = { at: new Date().toISOString(), version: this.version, ...happening };
    if ("operation" in event) this.#history.add(event);
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // As of an Observable: it is the listener's error, and nobody else's.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    if (event.event === "changed") this.#viewers.tell(event.version);
  }
}

expose(Model, {
  state: true,
  version: true,
  watch: true,
  addViewer: true,
  removeViewer: true,
  listViewers: true,
  listWatchers: true,
  delivered: { parameters: ["version?"] },
  addController: true,
  removeController: true,
  validateController: true,
  listControllers: true,
  history: true,
});

/** What `query` is where the model has none of its own. */
function giveState(this: unknown): unknown {
  return this;
}

/** What is no plain map is left for the check to name. */
function merged(values: unknown, named: Readonly<Record<string, unknown>>): unknown {
  if (Object.keys(named).length === 0) return values;
  return typeof values === "object" && values !== null && isPlainRecord(values)
    ? { ...values, ...named }
    : values;
}

/** A controller's name: text, or a proxy of an object of its own, which stands for its URI. */
function identityIn(given: unknown): string | undefined {
  if (given === null || given === undefined) return undefined;
  if (typeof given === "string" && given !== "") return given;
  if (isProxy(given)) return uriOf(given as object);
  throw new TypeError(`Expected a controller's identity as text, got ${typeof given}`);
}
