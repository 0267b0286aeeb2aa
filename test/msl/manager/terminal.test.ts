import { describe, expect, it } from "vitest";
import { parseTerminalIdentity, parseTerminalRequest } from "../../../src/msl/manager/terminal.ts";
import { describeWithPython, runPython } from "../../support/python.ts";

const LINES = [
  "identity",
  "Identity ",
  "link Echo",
  'link "Name With Blanks"',
  "disconnect",
  "EXIT",
  "__disconnect__",
  "Echo echo",
  'Echo echo 1 2.5 abc "two words" true None [1,2] -3 1e5',
  'Echo echo 1 y="a b" z=False',
  "Echo echo y = 2",
  "'Name with blanks' attribute 'x y' 4",
  '"Name with blanks" attribute 4',
  "Manager users_table.usernames",
  "hello",
  "",
];

describe("what somebody types", () => {
  it.each([
    ["client", { type: "client", name: "Client" }],
    ["  CLIENT  ", { type: "client", name: "Client" }],
    ['client "My Name"', { type: "client", name: "My Name" }],
    ["clients", undefined],
    ["Echo echo", undefined],
  ])("as an identity: %s", (text, identity) => {
    expect(parseTerminalIdentity(text)).toEqual(identity);
  });

  it("keeps what it does not know as text, and keys as data", () => {
    expect(
      parseTerminalRequest("S a NaN Infinity 123456789012345678901 __proto__=1"),
    ).toMatchObject({
      args: ["NaN", "Infinity", 123456789012345678901n],
      kwargs: Object.fromEntries([["__proto__", 1]]),
    });
  });
});

describeWithPython("what somebody types", () => {
  it("is read as the Python package reads it", async () => {
    const script = `
import json, sys
from msl.network.utils import parse_terminal_input
print(json.dumps([parse_terminal_input(line) for line in json.loads(sys.argv[1])]))
`;
    const theirs = JSON.parse(await runPython(script, [JSON.stringify(LINES)])) as unknown[];
    const ours = LINES.map((line) => {
      const request = parseTerminalRequest(line);
      if (request === undefined) return null;
      const { service, attribute, args, kwargs, uid } = request;
      return { service, attribute, args, kwargs, uid, error: false };
    });
    expect(ours).toEqual(theirs);
  });
});
