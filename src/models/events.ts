import type { Logger, LogLevel } from "../log.ts";
import type { Who } from "./who.ts";

/** Something that happened to a model, its viewers or its controllers. */
export type ModelEvent = {
  /** UTC, with milliseconds: `2026-11-21T08:30:00.125Z`. */
  readonly at: string;
  /** The version of the state then; of a change that was made, the one that it made. */
  readonly version: number;
} & Happening;

/** A change that was made, that failed, or that was refused. */
export type ChangeEvent = Extract<ModelEvent, { readonly operation: string }>;

export type Happening =
  | { readonly event: "viewer-added"; readonly viewer: string; readonly who: Who }
  | { readonly event: "viewer-removed"; readonly viewer: string; readonly reason: string }
  | { readonly event: "viewer-moved"; readonly viewer: string; readonly to: string }
  | {
      readonly event: "refresh-failed";
      readonly viewer: string;
      readonly error: string;
      /** How many in a row, with this one. */
      readonly failures: number;
    }
  | { readonly event: "controller-added"; readonly who: Who }
  | { readonly event: "controller-removed"; readonly who: Who; readonly reason: string }
  | ({ readonly event: "changed"; readonly result: unknown } & Asked)
  | ({ readonly event: "change-failed"; readonly error: string } & Asked)
  | ({ readonly event: "refused"; readonly reason: string } & Asked);

/** What somebody asked for. */
export interface Asked {
  readonly who: Who;
  readonly operation: string;
  readonly args: unknown;
}

const LEVELS: Readonly<Record<ModelEvent["event"], LogLevel>> = {
  "viewer-added": "info",
  "viewer-removed": "info",
  "viewer-moved": "info",
  "refresh-failed": "warn",
  "controller-added": "info",
  "controller-removed": "info",
  changed: "info",
  "change-failed": "warn",
  refused: "warn",
};

/** One line an event: its name as the message, the rest as fields. */
export function logTo(logger: Logger): (event: ModelEvent) => void {
  return ({ event, ...fields }) => logger[LEVELS[event]](fields, event);
}
