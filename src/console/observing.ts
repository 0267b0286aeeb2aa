import { useEffect, useState } from "preact/hooks";
import type { Observable } from "../objects/observable.ts";

/** The value of an observable now; the component is drawn anew with each change. */
export function useObservable<T>(observable: Observable<T>): T {
  const [, changed] = useState({});
  useEffect(() => {
    // It may have changed between the drawing and now.
    changed({});
    return observable.subscribe(() => changed({}));
  }, [observable]);
  return observable.value;
}

/** Milliseconds since 1970, anew every `periodMs`: for what says how long ago something was. */
export function useNow(periodMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), periodMs);
    return () => clearInterval(timer);
  }, [periodMs]);
  return now;
}
