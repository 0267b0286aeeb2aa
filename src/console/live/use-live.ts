import { useEffect, useState } from "preact/hooks";
import { Observable } from "../../objects/observable.ts";
import { useObservable } from "../observing.ts";
import { useSession } from "../session.ts";
import { type Live, WAITING } from "./live.ts";
import type { Source } from "./source.ts";

const NOTHING = new Observable<Live>(WAITING);

/** The value of a source now, followed while the component is there; nothing is followed while it is undefined. */
export function useLive(source: Source | undefined): Live {
  const { live } = useSession();
  const [followed, setFollowed] = useState(NOTHING);
  const key = source && JSON.stringify(source);
  useEffect(() => {
    if (source === undefined) return;
    const following = live.follow(source);
    setFollowed(following.live);
    return () => {
      setFollowed(NOTHING);
      following.close();
    };
  }, [live, key]);
  return useObservable(followed);
}
