import { describe, expect, it } from "vitest";
import { type EntryKind, isEmpty, readEntry } from "../../src/console/forms/reading.ts";
import { Complex, float, PlainDate, tuple } from "../../src/values/types.ts";

const read = (kind: EntryKind, text: string) => readEntry({ kind, text });

describe("a field that takes a value as it looks", () => {
  it.each<[string, unknown]>([
    ["42", 42],
    ["-1.5", -1.5],
    ["2.0", float(2)],
    ["1e3", float(1000)],
    ["9007199254740993", 9007199254740993n],
    ["true", true],
    ["True", true],
    ["null", null],
    ["None", null],
    ["nan", Number.NaN],
    ["-inf", Number.NEGATIVE_INFINITY],
    ["0x1f", 31],
    ["1_000", 1000],
    ["2j", new Complex(0, 2)],
    ['"42"', "42"],
    ["'42'", "42"],
    ["b'\\xff\\x00a'", Uint8Array.of(255, 0, 97)],
    ["[1, 2.0, 'a']", [1, 2, "a"]],
    ['{"a": [true, null]}', { a: [true, null] }],
    ["{'a': None}", { a: null }],
    ["(1, 2)", tuple(1, 2)],
    ["{1, 2}", new Set([1, 2])],
    ["set()", new Set()],
    ["hello", "hello"],
    ["it's 5 o'clock", "it's 5 o'clock"],
    ["*IDN?", "*IDN?"],
    ["1, 2", "1, 2"],
    ["1,5", "1,5"],
    ["10:30", "10:30"],
    ["2026-11-21", "2026-11-21"],
    ["192.168.0.1", "192.168.0.1"],
    ["Nonesense", "Nonesense"],
  ])("reads %s", (text, value) => {
    expect(read("auto", text)).toEqual({ value });
    expect(read("auto", `  ${text} `)).toEqual({ value });
  });

  it.each(["[1, 2", '{"a": }', "(1", "{'a': 1]"])("does not send %s as text", (text) => {
    expect(read("auto", text)).toEqual({
      problem: expect.stringMatching(/^Expected .* at character \d+.*choose "text"\.$/),
    });
  });
});

describe("a field that takes", () => {
  it.each<[EntryKind, string, unknown]>([
    ["number", "21.5", 21.5],
    ["number", "+3", 3],
    ["number", "-7", -7],
    ["number", "2.", float(2)],
    ["number", "1e-6", 1e-6],
    ["number", "0b101", 5],
    ["number", "0o17", 15],
    ["number", "123456789012345678901234567890", 123456789012345678901234567890n],
    ["number", "-123456789012345678901", -123456789012345678901n],
    ["number", "inf", Number.POSITIVE_INFINITY],
    ["number", "NaN", Number.NaN],
    ["text", "42", "42"],
    ["text", " a ", " a "],
    ["text", "", ""],
    ["boolean", "true", true],
    ["boolean", "Off", false],
    ["literal", "[1, (2,)]", [1, tuple(2)]],
    ["literal", "1, 2", tuple(1, 2)],
    ["date", "2026-11-21", new PlainDate(2026, 11, 21)],
    ["date", "2026-11-21 08:30Z", new Date(Date.UTC(2026, 10, 21, 8, 30))],
    ["date", "2026-11-21T08:30:15.250+01:00", new Date(Date.UTC(2026, 10, 21, 7, 30, 15, 250))],
    ["hex", "01 ff:0a, 0x7F", Uint8Array.of(1, 255, 10, 127)],
    ["none", "", null],
  ])("a %s reads %s", (kind, text, value) => {
    expect(read(kind, text)).toEqual({ value });
  });

  it("a file takes its bytes", () => {
    const bytes = Uint8Array.of(1, 2);
    expect(readEntry({ kind: "file", text: "", file: { name: "a", bytes } })).toEqual({
      value: bytes,
    });
    expect(readEntry({ kind: "file", text: "" })).toEqual({ problem: "Choose a file." });
  });

  it.each<[EntryKind, string, string]>([
    ["number", "1,5", "A number has a point, not a comma: 1.5."],
    ["literal", "1,5", "A number has a point, not a comma: 1.5. Text goes in quotes."],
    ["number", "five", 'Expected a number such as 21.5, 1e-6 or 0x1f, got "five".'],
    ["number", "", "Enter a value; text may be empty."],
    ["boolean", "maybe", 'Expected true or false, got "maybe".'],
    ["literal", "hello", 'Expected a value at character 1, found "hello". Text goes in quotes.'],
    [
      "date",
      "2026-02-30",
      'Expected a date such as 2026-11-21 or 2026-11-21 08:30, got "2026-02-30".',
    ],
    [
      "date",
      "2026-11-21 25:00",
      'Expected a date such as 2026-11-21 or 2026-11-21 08:30, got "2026-11-21 25:00".',
    ],
    ["hex", "0g", 'Expected bytes such as 01 ff 0a, got "0g".'],
    ["hex", "012", "A byte has two digits; there are 3 in all."],
  ])("a %s says what is wrong with %s", (kind, text, problem) => {
    expect(read(kind, text)).toEqual({ problem });
  });

  it("anything tells when it is empty", () => {
    expect(isEmpty({ kind: "number", text: " " })).toBe(true);
    expect(isEmpty({ kind: "none", text: "" })).toBe(false);
    expect(isEmpty({ kind: "file", text: "left over from another kind" })).toBe(true);
  });
});
