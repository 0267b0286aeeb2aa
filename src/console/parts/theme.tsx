import { useState } from "preact/hooks";

type Theme = "auto" | "light" | "dark";

const NEXT: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };
const NAME = "bunsen.theme";

/** Light, dark, or as the system has it: kept for the next time. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  document.documentElement.dataset["theme"] = theme;
  const change = () => {
    const next = NEXT[theme];
    localStorage.setItem(NAME, next);
    setTheme(next);
  };
  return (
    <button type="button" class="theme" onClick={change} title={`Colours: ${theme}`}>
      <span aria-hidden="true">{{ auto: "◐", light: "○", dark: "●" }[theme]}</span>
      <span class="unseen">Colours: {theme}</span>
    </button>
  );
}

function storedTheme(): Theme {
  const stored = localStorage.getItem(NAME);
  return stored === "light" || stored === "dark" ? stored : "auto";
}
