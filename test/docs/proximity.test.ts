import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CONNECT_DEFAULTS } from "../../src/proximity/channel.ts";
import { LISTEN_DEFAULTS } from "../../src/proximity/listener.ts";
import { BROKER_DEFAULTS } from "../../src/proximity/worker.ts";

const page = readFileSync(new URL("../../docs/proximity.md", import.meta.url), "utf8");

describe.each([
  ["listen(url, { proximity: { … } })", LISTEN_DEFAULTS],
  ["connect(uri, { proximity: { … } })", CONNECT_DEFAULTS],
  ["join(url, { … })", BROKER_DEFAULTS],
] as const)("docs/proximity.md on the options of %s", (call, defaults) => {
  const [, rest = ""] = page.split(`| option of \`${call}\` |`);
  const [table = ""] = rest.split("\n\n");

  it.each(Object.entries(defaults).filter(([name]) => name !== "classes"))(
    "has the default of %s",
    (name, value) => {
      const text = Array.isArray(value) ? "none" : `${value}`;
      const listened = LISTEN_DEFAULTS[name as keyof typeof LISTEN_DEFAULTS];
      const shared = /^.*as a listener's.*$/m.exec(table)?.[0];
      if (shared?.includes(`\`${name}\``)) expect(value).toBe(listened);
      else expect(table).toContain(`| \`${name}\` | ${text} |`);
    },
  );
});
