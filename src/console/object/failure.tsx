import type { JSX } from "preact";
import { BunsenError } from "../../errors.ts";
import { headOf } from "./acts.ts";
import { LongText } from "./scrolling.tsx";

/** What went wrong: its class and message, and where in the object's own program. */
export function Failure({ error }: { readonly error: unknown }): JSX.Element {
  const { type, text, traceback, hint } = explained(error);
  return (
    <div class="failure">
      <p>
        <strong>{type}</strong>
        {text !== "" && `: ${text}`}
      </p>
      {hint !== undefined && <p class="muted">{hint}</p>}
      {traceback !== "" && (
        <details open>
          <summary>remote traceback</summary>
          <LongText text={traceback} label="remote traceback" />
        </details>
      )}
    </div>
  );
}

interface Explained {
  readonly type: string;
  readonly text: string;
  readonly traceback: string;
  readonly hint?: string | undefined;
}

function explained(error: unknown): Explained {
  if (!(error instanceof BunsenError)) {
    const type = error instanceof Error ? error.name : "error";
    return { type, text: headOf(error), traceback: "" };
  }
  const { remote } = error;
  if (remote === undefined) {
    return { type: error.code, text: error.message, traceback: "", hint: RETRY[error.retry] };
  }
  const python = remote.type.replace(/^(builtins|exceptions)\./, "");
  const type = remote.name ?? python;
  // The message begins with the type, as Python's does, or is the type alone.
  const heads = [type, python, remote.type].sort((one, other) => other.length - one.length);
  const head = heads.find((name) => error.message.startsWith(name)) ?? "";
  const text = error.message.slice(head.length).replace(/^: /, "");
  return { type, text, traceback: remote.traceback };
}

const RETRY: Readonly<Record<BunsenError["retry"], string | undefined>> = {
  now: "It did not run; it may be made again.",
  later: "It did not run; later it may.",
  never: undefined,
  unknown: "Whether it ran is not known.",
};
