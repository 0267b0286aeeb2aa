import {
  type BunsenError,
  DaemonError,
  MemberError,
  ProtocolError,
  SerializeError,
} from "../errors.ts";
import { exceptionFromWire, exceptionToWire } from "../values/exceptions.ts";
import { isPlainRecord, type PlainRecord } from "../values/types.ts";

/** The one word that is no method: it asks for what an interface offers. */
export const LIST_METHODS = "list_methods";
const EXCEPTION = "EXCEPTION";
const INTERFACE_ERROR = "Interface error";

/** One call, as it travels. @see spec of PyProximity, "Request and reply shapes". */
export interface ProximityRequest {
  /** The interface. */
  readonly name: string;
  readonly proc: string;
  readonly args: readonly unknown[];
  readonly kwargs: PlainRecord;
}

/** How an exception is wrapped: in a map, or since 2016 in a list. */
export type ExceptionShape = "map" | "list";

/**
 * Reads a request.
 * @throws ProtocolError `ERR_BAD_REQUEST`, which says what is wrong with it.
 */
export function requestFrom(value: unknown): ProximityRequest {
  if (typeof value !== "object" || value === null || !isPlainRecord(value)) {
    throw badRequest("it is no map");
  }
  const { name, proc, args = [], kwargs = {} } = value as Partial<ProximityRequest>;
  if (typeof name !== "string") throw badRequest('"name" is no text');
  if (typeof proc !== "string") throw badRequest('"proc" is no text');
  if (!Array.isArray(args)) throw badRequest('"args" is no list');
  if (typeof kwargs !== "object" || kwargs === null || !isPlainRecord(kwargs)) {
    throw badRequest('"kwargs" is no map');
  }
  return { name, proc, args, kwargs };
}

function badRequest(what: string): ProtocolError {
  return new ProtocolError(
    "ERR_BAD_REQUEST",
    `The request cannot be understood: ${what}; expected {name, proc, args, kwargs}`,
  );
}

/** The answer to `list_methods` of an interface that is not there. Its second part is how Python shows a missing key. */
export function noSuchInterface(name: string): readonly unknown[] {
  return [INTERFACE_ERROR, pythonRepr(name)];
}

/** Class name, text and traceback of an error, as the caller's Python shows them. */
export function exceptionOf(error: Error): readonly unknown[] {
  const { __class__, args, attributes } = exceptionToWire(error, PLAIN_PYTHON);
  const name = __class__.slice(__class__.lastIndexOf(".") + 1);
  // An error that came from afar has its class before its text, for people here.
  const [only, ...others] = args as Iterable<unknown>;
  const isText = typeof only === "string" && others.length === 0;
  const text = isText ? only : String(error.message).replace(`${name}: `, "");
  // The text of a KeyError is how Python shows the key.
  const said = isText && name === "KeyError" ? pythonRepr(text) : text;
  return [PYTHON_NAMES[name] ?? name, said, tracebackIn(attributes)];
}

const PLAIN_PYTHON = { errorsModule: "Pyro5.errors", bunsen: false } as const;
/** What Pyro's own errors are to programs that have no Pyro. */
const PYTHON_NAMES: Record<string, string> = {
  PyroError: "RuntimeError",
  SerializeError: "TypeError",
  ProtocolError: "ValueError",
};

function tracebackIn(attributes: unknown): string[] {
  const lines = (attributes as PlainRecord | undefined)?.["_pyroTraceback"];
  return Array.isArray(lines) ? lines.map(String) : [];
}

export function wrapException(exception: readonly unknown[], shape: ExceptionShape): unknown {
  return shape === "map" ? { [EXCEPTION]: exception } : [false, EXCEPTION, exception];
}

/**
 * What Python says of an interface or a method that is not there. One line only: that is how callers tell it from a
 * KeyError that the method itself raised.
 */
export function keyError(key: string): readonly unknown[] {
  return ["KeyError", pythonRepr(key), ["  in dispatch\n"]];
}

function pythonRepr(text: string): string {
  return text.includes("'") && !text.includes('"')
    ? `"${text}"`
    : `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** What an answer says. A result that looks like an exception cannot be told from one: the protocol has no way. */
export type Answer =
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: BunsenError };

/** @param what - How messages name what was called, such as `add_two of proximity://host:5555/maths`. */
export function answerFrom(value: unknown, request: ProximityRequest, what: string): Answer {
  const exception = exceptionIn(value);
  if (exception) return { kind: "error", error: errorFrom(exception, request, what) };
  if (typeof value === "string" && value.startsWith("Encoder: ")) {
    const text = `${what}: the server could not write the result: ${value.slice("Encoder: ".length)}`;
    return { kind: "error", error: new SerializeError("ERR_REMOTE_ENCODING", text) };
  }
  return { kind: "result", value };
}

/** What a worker behind a broker answers with: the request, and beside it what its call returned. */
export function returnedIn(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !isPlainRecord(value)) return value;
  return Object.hasOwn(value, "return") ? value["return"] : value;
}

function exceptionIn(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    return value.length === 3 && value[0] === false && value[1] === EXCEPTION
      ? listIn(value[2])
      : undefined;
  }
  return Object.hasOwn(value, EXCEPTION) ? listIn((value as PlainRecord)[EXCEPTION]) : undefined;
}

function listIn(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length === 3 && Array.isArray(value[2]) ? value : undefined;
}

function errorFrom(
  [name, text, traceback]: readonly unknown[],
  request: ProximityRequest,
  what: string,
): BunsenError {
  const lines = (traceback as unknown[]).map(String);
  const asText = String(text);
  // A KeyError of one line comes from the dispatcher, not from the method.
  if (name === "KeyError" && lines.length === 1) {
    const key = asText.replace(/^u?['"]|['"]$/g, "");
    if (key === request.name) return unknownInterface(request.name, what);
    if (key === request.proc) {
      return new MemberError(
        "ERR_UNKNOWN_MEMBER",
        `${what}: the interface has no method of that name`,
      );
    }
  }
  const error = exceptionFromWire({
    __class__: `builtins.${name}`,
    __exception__: true,
    args: [asText],
    attributes: { _pyroTraceback: lines },
  });
  return error as BunsenError;
}

export function unknownInterface(name: string, what: string): DaemonError {
  return new DaemonError(
    "ERR_UNKNOWN_OBJECT",
    `${what}: the server has no interface "${name}"; check its spelling, or ask what the server exposes`,
  );
}
