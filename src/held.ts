import type { Session } from "./objects/session.ts";

/** What a daemon holds, in numbers. */
export interface Held {
  /** Objects, classes and proxies that are registered. */
  readonly objects: number;
  /** Callers' connections that are open. */
  readonly sessions: number;
  /** Instances of classes that are registered with one a session. */
  readonly instances: number;
  /** What calls track with `callContext().trackResource`. */
  readonly resources: number;
  /** Functions and unregistered objects of this side that Bunsen peers may call. */
  readonly loans: number;
  /** Item streams that Python peers pull. */
  readonly streams: number;
  /** Connections of proxies that arrived in calls: `release` ends them, and the end of the daemon. */
  readonly proxies: number;
}

/** What the callers of these sessions make a daemon hold. */
export function heldBy(
  sessions: Iterable<Session>,
): Pick<Held, "instances" | "resources" | "loans"> {
  const held = { instances: 0, resources: 0, loans: 0 };
  for (const session of sessions) {
    held.instances += session.held.instances;
    held.resources += session.held.resources;
    held.loans += session.held.loans;
  }
  return held;
}
