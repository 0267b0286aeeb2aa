import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useObject } from "../object/context.ts";
import type { Change } from "./model.ts";

interface ControllersProps {
  readonly change: Change;
}

/** Registers this page's connection as a controller, and takes that back. It ends with the connection, too. */
export function Controllers({ change }: ControllersProps): JSX.Element {
  const { isThere } = useObject();
  const [name, setName] = useState("");
  const register = (event: Event) => {
    event.preventDefault();
    void change("addController", ...(name === "" ? [] : [name]));
  };
  return (
    <form class="model-acts" aria-label="Control" onSubmit={register}>
      <label>
        as{" "}
        <input
          type="text"
          placeholder="your name"
          autocomplete="nickname"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={!isThere}>
        Register as a controller
      </button>
      <button type="button" disabled={!isThere} onClick={() => void change("removeController")}>
        Take it back
      </button>
    </form>
  );
}
