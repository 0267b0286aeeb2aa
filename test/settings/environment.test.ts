import { describe, expect, it } from "vitest";
import { effectiveSettings, ignoredVariables, setting } from "../../src/settings/environment.ts";
import { SETTINGS, type SettingName, WITHOUT_EFFECT } from "../../src/settings/table.ts";
import { itWithPython, runPython } from "../support/python.ts";

describe("a setting", () => {
  it("is what BUNSEN_ says, else what PYRO_ says, else the default", () => {
    expect(setting("NS_PORT", {})).toBe(9090);
    expect(setting("NS_PORT", { PYRO_NS_PORT: "9191" })).toBe(9191);
    expect(setting("NS_PORT", { PYRO_NS_PORT: "9191", BUNSEN_NS_PORT: "9292" })).toBe(9292);
  });

  it("is not changed by an empty variable", () => {
    expect(setting("NS_HOST", { PYRO_NS_HOST: "" })).toBe("localhost");
  });

  it.each<[SettingName, string, unknown]>([
    ["COMPRESSION", "On", true],
    ["COMPRESSION", "no", false],
    ["COMMTIMEOUT", "2.5", 2.5],
    ["MAX_MESSAGE_SIZE", "0", 0],
    ["BROADCAST_ADDRS", "10.0.0.255, <broadcast>", ["10.0.0.255", "<broadcast>"]],
    ["SERIALIZER", "JSON", "json"],
    ["SERIALIZERS_ACCEPTED", "marshal,serpent", ["serpent", "marshal"]],
    // What an installation of Pyro4 has set: pickle is refused when it arrives, and by name.
    ["SERIALIZERS_ACCEPTED", "serpent,pickle", ["serpent"]],
    ["LOGLEVEL", "DEBUG", "debug"],
    ["LOGLEVEL", "WARNING", "warn"],
    ["LOGLEVEL", "CRITICAL", "error"],
  ])("%s is read from %j", (name, text, value) => {
    expect(setting(name, { [`PYRO_${name}`]: text })).toEqual(value);
  });

  it.each<[SettingName, string, string]>([
    ["NS_PORT", "ninety", "a port (0 to 65535)"],
    ["NS_PORT", "65536", "a port (0 to 65535)"],
    ["NS_BCPORT", "1.5", "a port (0 to 65535)"],
    ["COMMTIMEOUT", "-1", "a number of seconds, at least 0"],
    ["COMMTIMEOUT", "inf", "a number of seconds, at least 0"],
    ["MAX_MESSAGE_SIZE", "1e6", "a whole number of at least 0"],
    ["COMPRESSION", "perhaps", "1, on, yes or true; 0, off, no or false"],
    ["SERIALIZER", "pickle", "serpent, json, marshal, msgpack, auto"],
    ["SERIALIZERS_ACCEPTED", "pickle", "some of serpent, json, marshal, msgpack"],
    ["SERIALIZERS_ACCEPTED", "serpent,yaml", "some of serpent, json, marshal, msgpack"],
    ["LOGLEVEL", "loud", "debug, info, warn, error, silent"],
  ])(
    "%s=%s is refused, naming the variable, its value and what is allowed",
    (name, text, allowed) => {
      expect(() => setting(name, { [`PYRO_${name}`]: text })).toThrow(
        expect.objectContaining({
          code: "ERR_ENVIRONMENT",
          message: expect.stringMatching(
            new RegExp(
              `^The environment has PYRO_${name}="${text}", expected ${escaped(allowed)}.*unset it$`,
            ),
          ),
        }),
      );
    },
  );
});

const escaped = (text: string): string => text.replace(/[()]/g, "\\$&");

describe("what holds", () => {
  it("is told with where it comes from, and without secrets", () => {
    const shown = effectiveSettings({ PYRO_NS_HOST: "lab", BUNSEN_SSL_SERVERKEYPASSWD: "hush" });
    expect(shown).toContainEqual(
      expect.objectContaining({ name: "NS_HOST", value: "lab", from: "PYRO_NS_HOST" }),
    );
    expect(shown).toContainEqual(
      expect.objectContaining({ name: "NS_PORT", value: 9090, from: "default" }),
    );
    expect(shown.map(({ name }) => name)).toEqual(Object.keys(SETTINGS));
    expect(JSON.stringify(shown)).not.toContain("hush");
  });

  it("does not hold back which variables change nothing, and why", () => {
    const env = { PYRO_SERVERTYPE: "multiplex", PYRO_NS_HOST: "lab", BUNSEN_TYPO: "1", PATH: "/" };
    expect(ignoredVariables(env)).toEqual([
      { variable: "BUNSEN_TYPO", reason: "neither Pyro nor Bunsen has such a setting" },
      { variable: "PYRO_SERVERTYPE", reason: WITHOUT_EFFECT["SERVERTYPE"] },
    ]);
  });
});

describe("Pyro's own configuration", () => {
  /** Where ours is another, with the reason. */
  const OTHER: Readonly<Record<string, string>> = {
    SERIALIZER: "auto is serpent with every Pyro",
    SERIALIZERS_ACCEPTED: "msgpack is safe, too",
    LOGLEVEL: "Pyro says nothing unless told to",
    LOGFILE: "no file that nobody asked for",
    NS_BCHOST: "None is our empty text",
    NATHOST: "None is our empty text",
  };

  itWithPython("has a counterpart here for each item, or a reason why not", async () => {
    const [five, four] = await pyroDefaults();
    const known = [...Object.keys(SETTINGS), ...Object.keys(WITHOUT_EFFECT)];
    const unknown = Object.keys({ ...five, ...four }).filter((name) => !known.includes(name));
    expect(unknown).toEqual([]);
  });

  itWithPython("has the same defaults", async () => {
    const [five] = await pyroDefaults();
    for (const [name, { fallback }] of Object.entries(SETTINGS)) {
      if (name in five && !(name in OTHER)) expect([name, fallback]).toEqual([name, five[name]]);
    }
  });
});

type Items = Readonly<Record<string, unknown>>;

async function pyroDefaults(): Promise<[five: Items, four: Items]> {
  const printed = await runPython(`
    import json
    import Pyro5.api, Pyro4
    print(json.dumps([Pyro5.api.config.as_dict(), Pyro4.config.asDict()], default=list))
  `);
  return JSON.parse(printed) as [Items, Items];
}
