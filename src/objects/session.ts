import type { Loans } from "./loans.ts";

/** Something that a call allocated and that must not outlive the caller's connection. */
export type Resource = { close(): unknown } | Disposable | AsyncDisposable;

/** What lives as long as one connection: the instances of session objects, and tracked resources. */
export class Session {
  #instances: Map<object, object> | undefined;
  #resources: Set<Resource> | undefined;
  #listeners: Set<() => void> | undefined;
  #closed = false;
  /** What the peer holds of this side; undefined where the dialect lends nothing. */
  loans: Loans | undefined = undefined;

  get closed(): boolean {
    return this.#closed;
  }

  /** What it holds: instances of its own, and resources that are closed with it. */
  get held(): { readonly instances: number; readonly resources: number; readonly loans: number } {
    return {
      instances: this.#closed ? 0 : (this.#instances?.size ?? 0),
      resources: this.#resources?.size ?? 0,
      loans: this.loans?.size ?? 0,
    };
  }

  /** The instance that this session has of a registry entry, made by `create` on first use. */
  instanceOf(entry: object, create: () => object): object {
    this.#instances ??= new Map();
    let instance = this.#instances.get(entry);
    if (instance === undefined) {
      instance = create();
      this.#instances.set(entry, instance);
    }
    return instance;
  }

  /** Closes `resource` when the connection closes, however it closes. On a closed session: at once. */
  track(resource: Resource): void {
    if (this.#closed) dispose(resource);
    else {
      this.#resources ??= new Set();
      this.#resources.add(resource);
    }
  }

  untrack(resource: Resource): void {
    this.#resources?.delete(resource);
  }

  /** Calls `listener` once when the connection closes. Returns a function that takes it back. */
  onClose(listener: () => void): () => void {
    if (this.#closed) {
      listener();
      return () => {};
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }

  /** Frees everything; a failing resource does not keep the others from being freed. */
  close(report: (error: unknown) => void): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#listeners ?? []) attempt(listener, report);
    for (const resource of this.#resources ?? []) attempt(() => dispose(resource), report);
    for (const instance of this.#instances?.values() ?? []) {
      if (Symbol.dispose in instance || Symbol.asyncDispose in instance) {
        attempt(() => dispose(instance as Resource), report);
      }
    }
    this.#listeners = undefined;
    this.#resources = undefined;
    this.loans?.clear();
    // Its instances stay: a batch that is still running goes on with the one it has.
  }
}

function dispose(resource: Resource): unknown {
  if (Symbol.asyncDispose in resource) return resource[Symbol.asyncDispose]();
  if (Symbol.dispose in resource) return resource[Symbol.dispose]();
  return resource.close();
}

function attempt(action: () => unknown, report: (error: unknown) => void): void {
  try {
    const result = action();
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}
