import type { ProxyReference } from "./classes.ts";

/**
 * Where peers call functions and objects that are passed to them, and that are registered nowhere. A Bunsen peer needs
 * none: it calls over the connection that it got them by.
 */
export interface CallbackPlace {
  /**
   * What to send in place of `target`; undefined for what cannot be called.
   * @param local - This machine's address towards the peer.
   * @throws NotYet while the place is being opened.
   */
  reference(target: object, local: string | undefined): ProxyReference | undefined;
  /** Takes back what was passed. */
  close(): Promise<void>;
}

/** Thrown while a message is written that has to wait: it is written again when `ready` resolves. */
export class NotYet {
  readonly ready: Promise<unknown>;
  constructor(ready: Promise<unknown>) {
    this.ready = ready;
  }
}
