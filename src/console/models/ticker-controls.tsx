import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { partOf } from "../live/source.ts";
import { useObject } from "../object/context.ts";
import type { Change } from "./model.ts";

interface TickerProps {
  readonly state: unknown;
  readonly change: Change;
}

/** The clock of a ticker. */
export function TickerControls({ state, change }: TickerProps): JSX.Element {
  const { isThere } = useObject();
  const isPlaying = partOf(state, ["playing?"]) === true;
  const period = partOf(state, ["period"]);
  const [text, setText] = useState<string>();
  const setPeriod = async (event: Event) => {
    event.preventDefault();
    const refused = await change("setPeriod", Number(text ?? period));
    if (refused === undefined) setText(undefined);
  };
  return (
    <div class="model-acts">
      <button
        type="button"
        disabled={!isThere}
        onClick={() => void change(isPlaying ? "pause" : "play")}
      >
        {isPlaying ? "Pause" : "Play"}
      </button>
      <button type="button" disabled={!isThere} onClick={() => void change("tick")}>
        Tick once
      </button>
      <form onSubmit={setPeriod}>
        <label>
          every{" "}
          <input
            type="number"
            min="0"
            step="any"
            value={text ?? String(period ?? "")}
            onInput={(event) => setText(event.currentTarget.value)}
          />{" "}
          s
        </label>
        <button type="submit" disabled={!isThere}>
          Set period
        </button>
      </form>
    </div>
  );
}
