import { useEffect, useRef, useState } from "preact/hooks";
import { hrefOf, type Route, readRoute } from "../router.ts";
import { enterTree } from "./tree-keys.ts";

/**
 * Looks for things of the lab while one types, on its page; from another page, with Enter. The key `/` leads here, arrow down
 * to what was found.
 */
export function Search({ route }: { readonly route: Route }) {
  const field = useRef<HTMLInputElement>(null);
  const given = route.name === "home" ? route.query : "";
  const [text, setText] = useState(given);
  useEffect(() => {
    // Whoever types on has gone further since: what is seen follows the address, and not the other way.
    const now = readRoute(location.hash);
    if (now.name !== "home" || now.query === given) setText(given);
  }, [given]);
  useEffect(() => {
    const follow = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      const isTyping = target instanceof Element && target.closest("input, textarea, select");
      if (key !== "/" || ctrlKey || metaKey || altKey || isTyping) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", follow);
    return () => removeEventListener("keydown", follow);
  }, []);
  const search = (query: string) => {
    const href = hrefOf({ name: "home", query });
    if (href === location.hash) return;
    // Each letter replaces the last one: going back leads to where one came from.
    if (route.name === "home") location.replace(href);
    else location.assign(href);
  };
  const type = (query: string) => {
    setText(query);
    if (route.name === "home") search(query);
  };
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          search(field.current?.value ?? text);
          document.getElementById("main")?.focus();
        }}
      >
        <input
          ref={field}
          type="search"
          name="q"
          aria-label="Search the lab"
          aria-keyshortcuts="/"
          placeholder="Search the lab"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => type(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" && text !== "") {
              event.preventDefault();
              type("");
            }
            if (event.key === "ArrowDown" && enterTree()) event.preventDefault();
          }}
        />
      </form>
    </search>
  );
}
