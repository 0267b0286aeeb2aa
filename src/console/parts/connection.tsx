import { useEffect, useRef, useState } from "preact/hooks";
import type { LinkState } from "../lab/connection.ts";
import { useNow } from "../observing.ts";
import { useSession } from "../session.ts";
import { clockTime, howLong } from "./times.ts";

const WORDS: Readonly<Record<LinkState["name"], string>> = {
  connecting: "connecting",
  connected: "connected",
  locked: "locked",
  lost: "no connection",
};

/** How the page stands with its gateway, in the header. */
export function ConnectionStatus({ state }: { readonly state: LinkState }) {
  return (
    <p class="link" role="status">
      <span class="lamp" aria-hidden="true" />
      <span class="link-host">{location.host}</span>
      <span class="link-state">{WORDS[state.name]}</span>
    </p>
  );
}

/** What people must know, or do, before anything below can be believed. */
export function ConnectionBar({ state }: { readonly state: LinkState }) {
  if (state.name === "locked") return <KeyForm wrong={state.wrong} />;
  if (state.name === "lost") return <LostBar since={state.since} reason={state.reason} />;
  return null;
}

function LostBar({ since, reason }: { readonly since: number; readonly reason: string }) {
  const now = useNow(1000);
  return (
    <section class="notice lost" role="alert" aria-label="Connection">
      <strong>No connection since {clockTime(since)}</strong>
      <span aria-hidden="true"> ({howLong(now - since)})</span>: {reason}. What is shown was true
      then. It comes back by itself.
    </section>
  );
}

function KeyForm({ wrong }: { readonly wrong: boolean }) {
  const { gateway } = useSession();
  const [key, setKey] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // There is nothing else to do; but whoever is somewhere already stays there.
    if (document.activeElement === document.body) field.current?.focus();
  }, []);
  const unlock = (event: Event) => {
    event.preventDefault();
    if (key !== "") gateway.unlock(key);
  };
  return (
    <form class="notice key" onSubmit={unlock} aria-label="Key">
      <label for="key">This gateway asks for a key.</label>
      <input
        ref={field}
        id="key"
        type="password"
        autocomplete="current-password"
        value={key}
        aria-invalid={wrong}
        aria-describedby="key-help"
        onInput={(event) => setKey(event.currentTarget.value)}
      />
      <button type="submit">Unlock</button>
      <span id="key-help" role={wrong ? "alert" : undefined}>
        {wrong ? "It knows no such key." : "It is kept until this tab is closed."}
      </span>
    </form>
  );
}
