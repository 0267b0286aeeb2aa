import type { RE2JS } from "re2js";
import { NamingError } from "../errors.ts";
import { whenUsed } from "../when-used.ts";
import { RegexError, translatePythonRegex } from "./python-regex.ts";

const re2js: () => typeof import("re2js") = whenUsed("re2js");

/** A regular expression that a peer sent, made safe to run. */
export interface NamePattern {
  /** Whether the name matches at its start, like Python's `re.match`; the rest of the name does not matter. */
  test(name: string): boolean;
}

/** Characters of a regular expression. */
export const MAX_PATTERN_LENGTH = 1000;

/**
 * Steps of the compiled program. Matching takes at worst this many steps for each character of a name, so it bounds
 * how long one name can take: some 40 ms for a name of 1,000 characters.
 */
const MAX_PROGRAM_SIZE = 500;

/**
 * Compiles a regular expression in Python's syntax. It runs in linear time (RE2): no expression can stall the server.
 * What Python's own `re` would refuse, or RE2 cannot do, is refused; see {@link translatePythonRegex}.
 * @throws {@link NamingError} `ERR_BAD_REGEX`, `invalid regex: …`
 */
export function compilePattern(regex: string): NamePattern {
  if (regex.length > MAX_PATTERN_LENGTH) {
    throw badRegex(`it has ${regex.length} characters, over ${MAX_PATTERN_LENGTH}`);
  }
  const compiled = compile(regex);
  const size = compiled.programSize();
  if (size > MAX_PROGRAM_SIZE) {
    throw badRegex(`it is too complex, ${size} steps, over ${MAX_PROGRAM_SIZE}; repeat less`);
  }
  return compiled;
}

function compile(regex: string): RE2JS {
  const { RE2JS, RE2JSException } = re2js();
  try {
    return RE2JS.compile(translatePythonRegex(regex));
  } catch (error) {
    if (error instanceof RegexError || error instanceof RE2JSException) {
      throw badRegex(error.message, error);
    }
    throw error;
  }
}

function badRegex(reason: string, cause?: Error): NamingError {
  return new NamingError("ERR_BAD_REGEX", `invalid regex: ${reason}`, { cause });
}
