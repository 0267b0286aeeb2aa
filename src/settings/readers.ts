/** How the text of an environment variable becomes a value. */
export interface Reader<T> {
  /** What is allowed, for people: "a TCP port (0 to 65535)". */
  readonly expected: string;
  /** Undefined where the text is none of that. */
  read(text: string): T | undefined;
}

export const text: Reader<string> = { expected: "text", read: (given) => given };

export const port: Reader<number> = {
  expected: "a port (0 to 65535)",
  read: (given) => whole(given, 65_535),
};

export const count: Reader<number> = {
  expected: "a whole number of at least 0",
  read: (given) => whole(given, Number.MAX_SAFE_INTEGER),
};

/** As Pyro has it: text that `float()` reads. Python's infinity is no time that a timer takes. */
export const seconds: Reader<number> = {
  expected: "a number of seconds, at least 0",
  read(given) {
    const value = given.trim() === "" ? Number.NaN : Number(given);
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  },
};

const FLAGS: Readonly<Record<string, boolean>> = {
  "0": false,
  off: false,
  no: false,
  false: false,
  "1": true,
  on: true,
  yes: true,
  true: true,
};

/** In the words of Pyro, in any case. */
export const flag: Reader<boolean> = {
  expected: "1, on, yes or true; 0, off, no or false",
  read: (given) => FLAGS[given.trim().toLowerCase()],
};

/** Separated by commas; blanks around each do not count. */
export const list: Reader<readonly string[]> = {
  expected: "a list separated by commas",
  read: (given) => given.split(",").map((item) => item.trim()),
};

/** One of some words, in any case. `also` has other spellings of them. */
export function oneOf<T extends string>(
  words: readonly T[],
  also: Readonly<Record<string, T>> = {},
): Reader<T> {
  return {
    expected: words.join(", "),
    read(given) {
      const word = given.trim().toLowerCase();
      return words.find((candidate) => candidate === word) ?? also[word];
    },
  };
}

/** Several of some words, separated by commas. Those that are `passedOver` may stand in the list, and are left out. */
export function someOf<T extends string>(
  words: readonly T[],
  passedOver: readonly string[],
): Reader<readonly T[]> {
  return {
    expected: `some of ${words.join(", ")}, separated by commas`,
    read(given) {
      const wanted = given.split(",").map((item) => item.trim().toLowerCase());
      const known = wanted.filter((item) => !passedOver.includes(item));
      const chosen = words.filter((word) => known.includes(word));
      return chosen.length > 0 && chosen.length === new Set(known).size ? chosen : undefined;
    },
  };
}

function whole(given: string, most: number): number | undefined {
  const value = Number(given);
  return /^\s*\d+\s*$/.test(given) && value <= most ? value : undefined;
}
