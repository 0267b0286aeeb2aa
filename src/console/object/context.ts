import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Observable } from "../../objects/observable.ts";
import type { LiveObjects } from "../live/live-objects.ts";
import type { Target } from "../snippets/act.ts";
import type { Acts } from "./acts.ts";
import type { AnyRemote } from "./run.ts";

/** What the parts of an object's page share. */
export interface ObjectContext {
  readonly proxy: AnyRemote;
  readonly target: Target;
  /** Whether it says which arguments may be left out. */
  readonly tellsDefaults: boolean;
  readonly acts: Acts;
  readonly live: LiveObjects;
  /** False while the object is lost: nothing can be done, and nothing that is shown is believed. */
  readonly isThere: boolean;
  /** The language that snippets are shown in. */
  readonly language: Observable<string>;
  /** Shows the card of a member and brings it into view. */
  readonly show: (member: string) => void;
}

const Context = createContext<ObjectContext | undefined>(undefined);

export const ObjectProvider = Context.Provider;

export function useObject(): ObjectContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error("this belongs on the page of an object");
  return context;
}
