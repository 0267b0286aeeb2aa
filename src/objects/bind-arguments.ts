import { RemoteTypeError } from "../errors.ts";
import { type PlainRecord, setKey } from "../values/types.ts";
import { type MemberDescription, type ParameterDescription, parameterList } from "./description.ts";

/** Marks the last argument of a call as Python keyword arguments; see `kwargs`. */
export class KeywordArguments {
  readonly values: Readonly<Record<string, unknown>>;
  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }
}

/** Keyword arguments for a remote call: `await t.power(5, kwargs({ n: 3 }))` is Python's `t.power(5, n=3)`. */
export function kwargs(values: Readonly<Record<string, unknown>>): KeywordArguments {
  return new KeywordArguments(values);
}

/** Takes trailing `kwargs(…)` off an argument list. Anywhere else it is an argument like others. */
export function splitKwargs(
  args: unknown[],
): [positional: unknown[], kwargs: Record<string, unknown> | null] {
  const last = args.at(-1);
  return last instanceof KeywordArguments ? [args.slice(0, -1), last.values] : [args, null];
}

/**
 * Maps a call from Python onto JavaScript's positional arguments, by the names of the parameters.
 *
 * - What is left out in the middle becomes `undefined`, so that JavaScript's defaults apply.
 * - A last parameter that is a destructured object (`{ n = 3 } = {}`) takes the keyword arguments it names, or, if it
 *   has a rest (`{ n, ...others }`), all that no other parameter takes.
 * - Where the parameters are unknown, any positional arguments pass and keyword arguments are refused.
 *
 * @returns `args` itself where there is nothing to map.
 * @throws RemoteTypeError `builtins.TypeError`, worded as Python does, when the call does not fit the parameters.
 */
export function bindArguments(
  member: MemberDescription,
  args: unknown[],
  kwargs: Readonly<Record<string, unknown>> | null,
): unknown[] {
  const { name, parameters } = member;
  const keys = kwargs === null ? NO_KEYS : Object.keys(kwargs);
  if (!parameters) {
    if (keys.length > 0) throw namesUnknown(name, keys);
    return args;
  }
  const bound =
    kwargs === null || keys.length === 0
      ? args
      : withKeywords(name, parameters, args, kwargs, keys);
  if (args.length > parameters.length && !parameters.at(-1)?.rest) {
    throw typeError(tooMany(name, parameters, args.length));
  }
  return withEmptyOptions(parameters, args, bound);
}

const NO_KEYS: readonly string[] = [];

function withKeywords(
  name: string,
  parameters: readonly ParameterDescription[],
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): unknown[] {
  const bound = [...args];
  const last = parameters.at(-1);
  let options: PlainRecord | undefined;
  for (const key of keys) {
    const index = parameters.findIndex((p) => p.kind === "positional" && p.name === key);
    if (index >= 0) {
      if (index < args.length)
        throw typeError(`${name}() got multiple values for argument '${key}'`);
      put(bound, index, kwargs[key]);
    } else if (last?.kind === "destructured" && takes(last, key)) {
      options ??= {};
      setKey(options, key, kwargs[key]);
    } else {
      throw typeError(
        `${name}() got an unexpected keyword argument '${key}'; it takes ${parameterList(parameters)}`,
      );
    }
  }
  if (last && options) {
    // Merging the two would hide from the caller which value won.
    if (args.length >= parameters.length) {
      throw typeError(`${name}() got multiple values for argument '${last.name}'`);
    }
    put(bound, parameters.length - 1, options);
  }
  return bound;
}

function takes(parameter: ParameterDescription, key: string): boolean {
  return parameter.properties?.some((p) => p.rest || p.name === key) ?? true;
}

/** Fills with undefined, not holes: a hole is no value on the way to a rest parameter or a log. */
function put(bound: unknown[], index: number, value: unknown): void {
  while (bound.length < index) bound.push(undefined);
  bound[index] = value;
}

/**
 * What is left out is undefined, as in JavaScript. A missing argument is not refused as Python would: type stripping
 * turns `channel?` into `channel`, so the source cannot tell which ones are required.
 */
function withEmptyOptions(
  parameters: readonly ParameterDescription[],
  args: readonly unknown[],
  bound: unknown[],
): unknown[] {
  let result = bound;
  for (let i = args.length; i < parameters.length; i++) {
    const parameter = parameters[i] as ParameterDescription;
    // `{ n = 3 }` without `= {}` may be left out by keyword callers, but fails on undefined.
    if (parameter.kind !== "destructured" || parameter.optional || bound[i] !== undefined) continue;
    if (result === args) result = [...bound];
    put(result, i, {});
  }
  return result;
}

function tooMany(name: string, parameters: readonly ParameterDescription[], given: number): string {
  const most = parameters.length;
  const least = parameters.filter((p) => !p.optional).length;
  const takes =
    least < most
      ? `from ${least} to ${most} positional arguments`
      : `${most} positional ${most === 1 ? "argument" : "arguments"}`;
  return `${name}() takes ${takes} but ${given} ${given === 1 ? "was" : "were"} given`;
}

function namesUnknown(name: string, keys: readonly string[]): RemoteTypeError {
  return typeError(
    `${name}() was given keyword arguments (${keys.join(", ")}), but its parameter names are not known where it runs; ` +
      `pass them by position, or name all its parameters, in order, where it is exposed: ` +
      `expose(Class, { ${name}: { parameters: [${keys.map((key) => JSON.stringify(key)).join(", ")}] } })`,
  );
}

function typeError(message: string): RemoteTypeError {
  return new RemoteTypeError("builtins.TypeError", [message]);
}
