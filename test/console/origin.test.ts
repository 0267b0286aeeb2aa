import { expect, it } from "vitest";
import { originOf } from "../../src/console/snippets/origin.ts";

it.each([
  ["Pyro5", "PYRO:a@lab:9090", { dialect: "pyro5", uri: "PYRO:a@lab:9090" }],
  ["Pyro4", "PYRO:a@lab:9090", { dialect: "pyro4", uri: "PYRO:a@lab:9090" }],
  ["Bunsen", "PYRO:a@[fe80::1]:9090", { dialect: "pyro5", uri: "PYRO:a@[fe80::1]:9090" }],
  [null, "PYRO:a@lab:9090", { dialect: "pyro5", uri: "PYRO:a@lab:9090" }],
  ["MSL-Network", "msl://lab/Calc", { dialect: "msl", uri: "msl://lab/Calc" }],
  ["PyProximity", "proximity://lab:5555/laser", undefined],
  ["Bunsen", "PYRO:a@./u:/run/lab.sock", undefined],
  ["Bunsen", null, undefined],
] as const)(
  "Python calls an object of %s at %s by its own protocol, where it can",
  (dialect, uri, origin) => {
    expect(originOf({ dialect, uri }, "lab.example.org")).toEqual(origin);
  },
);

it.each(["localhost", "127.0.0.1", "[::1]"])("%s leads somewhere only on that machine", (host) => {
  const node = { dialect: "Pyro5", uri: `PYRO:a@${host}:9090` } as const;
  expect(originOf(node, "lab.example.org")).toBeUndefined();
  expect(originOf(node, "localhost")).toBeDefined();
});
