import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { Histories } from "./history.ts";
import { GatewayConnection } from "./lab/connection.ts";
import { Folded } from "./lab/folded.ts";
import type { ObjectLink, ObjectState } from "./lab/object-link.ts";
import { LinkedObjects } from "./lab/objects.ts";
import { LiveObjects } from "./live/live-objects.ts";
import { useObservable } from "./observing.ts";
import { Plots } from "./plots/plots.ts";

/** What all pages share: the gateway, and the objects that it leads to. */
export class Session {
  readonly gateway: GatewayConnection = new GatewayConnection();
  readonly objects: LinkedObjects = new LinkedObjects(this.gateway);
  /** What is followed of objects, on whatever page. */
  readonly live: LiveObjects = new LiveObjects(this.objects);
  readonly histories: Histories = new Histories();
  readonly plots: Plots = new Plots((source) => this.live.follow(source), localStorage);
  readonly folded: Folded = new Folded();
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new TypeError("a page stands inside the app");
  return session;
}

/** How the page stands with an object: connected to while the component is there. */
export function useObject(object: string): ObjectState {
  const { objects } = useSession();
  const [held, setHeld] = useState<ObjectLink>();
  useEffect(() => {
    const { link, release } = objects.hold(object);
    setHeld(link);
    return release;
  }, [objects, object]);
  return useLink(held?.object === object ? held : undefined);
}

function useLink(link: ObjectLink | undefined): ObjectState {
  const [, changed] = useState({});
  useEffect(() => {
    changed({});
    return link?.state.subscribe(() => changed({}));
  }, [link]);
  return link?.state.value ?? { name: "connecting" };
}

/** How the page stands with its gateway. */
export function useGatewayState(): GatewayConnection["state"]["value"] {
  return useObservable(useSession().gateway.state);
}
