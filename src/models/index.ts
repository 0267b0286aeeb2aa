/** Live models, one owner, many viewers, validated controllers: what users import from "bunsen/models". */
export type { Changeable, Check } from "./changeable.ts";
export type { ControllerInfo } from "./controllers.ts";
export { type Snapshot, unchanged } from "./door.ts";
export type { ChangeEvent, ModelEvent } from "./events.ts";
export { type Model, model, type ServedModel } from "./model.ts";
export {
  type AllowedKey,
  type AllowList,
  type Asker,
  allowList,
  everyone,
  type LeaseOptions,
  lease,
  type Policy,
  registered,
  type Verdict,
} from "./policies.ts";
export type { ModelOptions, ModelSpec } from "./spec.ts";
export {
  type ServedTicker,
  type TickerOptions,
  type TickerSpec,
  type TickerState,
  ticker,
} from "./ticker.ts";
export type { Delivery, ViewerInfo } from "./viewers.ts";
export type { WatcherInfo } from "./watchers.ts";
export type { Who } from "./who.ts";
