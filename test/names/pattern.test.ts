import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NamingError } from "../../src/errors.ts";
import { compilePattern, MAX_PATTERN_LENGTH } from "../../src/names/pattern.ts";

const badRegex = (message: string) =>
  expect.objectContaining({ code: "ERR_BAD_REGEX", message: `invalid regex: ${message}` });

describe("a regular expression of a peer", () => {
  it.each([
    // anchored at the start, not at the end
    ["lab", "lab.one", true],
    ["lab", "my.lab", false],
    ["b|lab", "lab", true],
    ["x|", "lab", true],
    ["lab$", "lab.one", false],
    ["lab\\Z", "lab", true],
    ["^lab", "lab", true],
    ["(?m)a$", "a\nb", true],
    ["a$", "a\nb", false],
    // groups, comments and repeats
    ["test\\.t.+", "test.two", true],
    ["(?P<kind>lab|test)\\.x", "lab.x", true],
    ["(?:ab){2,3}c", "ababc", true],
    ["a{,2}b", "aab", true],
    ["a{,}b", "aaaab", true],
    ["a{2}b", "ab", false],
    ["a{x}", "a{x}", true],
    ["a{}", "a{}", true],
    ["a+?b??c", "aac", true],
    ["a(?#comment)*b", "aab", true],
    // classes
    ["[]x]", "]", true],
    ["[^]x]", "]", false],
    ["[a-c-]+$", "a-c", true],
    ["[[:alpha:]]", ":]", true],
    ["[\\w.]+$", "täst.1", true],
    ["[\\D]+$", "abc", true],
    ["[^\\W\\d_]+$", "añb", true],
    ["[^\\W\\d_]+$", "a_b", false],
    ["[\\b]", "\b", true],
    // Unicode by default, ASCII with the flag
    ["\\w+$", "größe", true],
    ["(?a)\\w+$", "größe", false],
    ["(?a:\\w+)$", "größe", false],
    ["(?a)(?u:\\w+)$", "größe", true],
    ["\\d$", "\u0663", true],
    ["\\s$", "\u2003", true],
    ["\\S", "\u0085", false],
    ["\\W", "é", false],
    // escapes
    ["\\x41\\u00e9\\U0001f6aa\\101\\0", "Aé🚪A\0", true],
    ["\\t\\a", "\t\x07", true],
    ["a\\.b\\-\\é", "a.b-é", true],
    ["\\bab\\b", "ab cd", true],
    // flags
    ["(?i)LAB", "lab", true],
    ["(?i:L)AB", "lab", false],
    ["(?i)(?-i:L)ab", "lab", false],
    ["(?s)a.b", "a\nb", true],
    ["a.b", "a\nb", false],
    [".$", "🚪", true],
  ])("%j against %j is %j, as in Python", (regex, name, matches) => {
    expect(compilePattern(regex).test(name)).toBe(matches);
  });

  it.each([
    ["(((", "missing ), unterminated subpattern at position 2"],
    ["a)", "unbalanced parenthesis at position 1"],
    ["*", "nothing to repeat at position 0"],
    ["a|*", "nothing to repeat at position 2"],
    ["^*", "nothing to repeat at position 1"],
    ["a**", "multiple repeat at position 2"],
    ["a{3,2}", "min repeat greater than max repeat at position 2"],
    ["[a", "unterminated character set at position 0"],
    ["[z-a]", "bad character range z-a at position 1"],
    ["[a-\\d]", "bad character range a-\\d at position 1"],
    ["\\", "bad escape (end of pattern) at position 0"],
    ["\\q", "bad escape \\q at position 0"],
    ["\\x4", "incomplete escape \\x4 at position 0"],
    ["\\777", "octal escape value \\777 outside of range 0-0o377 at position 0"],
    ["(?P<1>a)", "bad character in group name '1' at position 4"],
    ["(?P<a>.)(?P<a>.)", "redefinition of group name 'a' as group 2; was group 1 at position 12"],
    ["(?#a", "missing ), unterminated comment at position 0"],
    ["(?<n>a)", "unknown extension ?<n at position 1"],
    ["(?Px)", "unknown extension ?Px at position 1"],
    ["a(?i)", "global flags not at the start of the expression at position 1"],
    ["(?", "unexpected end of pattern at position 2"],
  ])("%j is refused in Python's words", (regex, message) => {
    expect(() => compilePattern(regex)).toThrow(badRegex(message));
  });

  it.each([
    ["(a)\\1", "a back-reference is not supported (it can take exponential time) at position 3"],
    [
      "(?P<n>a)(?P=n)",
      "a back-reference is not supported (it can take exponential time) at position 8",
    ],
    ["a(?=b)", "look-ahead is not supported (it can take exponential time) at position 1"],
    ["a(?!b)", "look-ahead is not supported (it can take exponential time) at position 1"],
    ["(?<=a)b", "look-behind is not supported (it can take exponential time) at position 0"],
    ["(?<!a)b", "look-behind is not supported (it can take exponential time) at position 0"],
    ["(a)(?(1)b|c)", "a condition is not supported (it can take exponential time) at position 3"],
    ["(?>a)", "an atomic group is not supported (it can take exponential time) at position 0"],
    ["a++", "a possessive repeat is not supported (it can take exponential time) at position 1"],
    ["(?x) a", "the flags L and x are not supported at position 2"],
    ["a{1001}", "a repeat count over 1000 is not supported at position 1"],
    ["\\N{DIGIT ONE}", "a character by its name (\\N{…}) is not supported at position 0"],
    ["(a{1,30}){1,30}", "it is too complex, 1802 steps, over 500; repeat less"],
  ])("%j is refused: it cannot be run in linear time", (regex, message) => {
    expect(() => compilePattern(regex)).toThrow(badRegex(message));
  });

  it("has a bounded length", () => {
    expect(compilePattern("[a]".repeat(333)).test("b")).toBe(false);
    const tooLong = "a".repeat(MAX_PATTERN_LENGTH + 1);
    expect(() => compilePattern(tooLong)).toThrow(badRegex("it has 1001 characters, over 1000"));
  });

  it.each([
    ["(a+)+$", "a"],
    ["(a|a)*$", "a"],
    ["(a|aa)+$", "a"],
    ["(.*a){20}$", "a"],
    ["((a*)*)*$", "a"],
    ["(x+x+)+y", "x"],
    ["(\\w*\\d*\\w*)*!", "a1"],
    ["(?:a?){150}a{90}$", "a"],
  ])("%s is answered quickly on a long name", (regex, letter) => {
    const start = performance.now();
    const name = `${letter.repeat(1024)}!`.slice(0, 1024);
    compilePattern(regex).test(`${name}?`);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it("made of anything ends in a pattern or in ERR_BAD_REGEX", () => {
    const part = fc.constantFrom(
      ...[
        "(",
        ")",
        "(?",
        "(?:",
        "(?P<",
        ">",
        "(?i)",
        "(?-s:",
        "[",
        "]",
        "[^",
        "-",
        "{",
        "}",
        "{1,2}",
      ],
      ...[
        ",",
        "*",
        "+",
        "?",
        "|",
        "^",
        "$",
        ".",
        "\\",
        "\\w",
        "\\W",
        "\\b",
        "\\Z",
        "\\x",
        "1",
        "é",
        "🚪",
      ],
      ...["a", "#", "=", "!", "<", "P", "i", "&&", "[:alpha:]", "\\p{L}", "\\Q", "\ud800", "\n"],
    );
    const regex = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(regex, fc.string({ unit: "binary" })), fc.string(), (text, name) => {
        try {
          expect(typeof compilePattern(text).test(name)).toBe("boolean");
        } catch (error) {
          expect(error).toBeInstanceOf(NamingError);
          expect(error).toHaveProperty("code", "ERR_BAD_REGEX");
        }
      }),
      { numRuns: 3000 },
    );
  });
});
