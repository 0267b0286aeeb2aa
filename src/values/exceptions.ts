import {
  BunsenError,
  CommunicationError,
  ConnectionClosedError,
  DaemonError,
  MemberError,
  MessageTooLargeError,
  NamingError,
  ProtocolError,
  RemoteArithmeticError,
  RemoteAttributeError,
  RemoteError,
  RemoteIndexError,
  RemoteKeyError,
  RemoteNotImplementedError,
  RemoteOSError,
  RemoteTypeError,
  RemoteValueError,
  type Retry,
  retrace,
  SecurityError,
  SerializeError,
  TimeoutError,
} from "../errors.ts";
import { type ClassDict, isPlainRecord, type PlainRecord, tuple } from "./types.ts";

/** Where an exception goes: the names differ, and between Bunsen peers nothing of the original is lost. */
export interface ExceptionDialect {
  /** `Pyro5.errors` or `Pyro4.errors`. */
  readonly errorsModule: string;
  readonly bunsen: boolean;
}

/** Pyro's own errors and ours. The first whose class fits is what the peer gets, so subclasses come first. */
const PYRO_ERRORS: readonly (readonly [string, typeof BunsenError, code: string])[] = [
  ["MessageTooLargeError", MessageTooLargeError, "ERR_MESSAGE_TOO_LARGE"],
  ["SerializeError", SerializeError, "ERR_SERIALIZE"],
  ["ProtocolError", ProtocolError, "ERR_PROTOCOL"],
  ["TimeoutError", TimeoutError, "ERR_TIMEOUT"],
  ["ConnectionClosedError", ConnectionClosedError, "ERR_CLOSED"],
  ["CommunicationError", CommunicationError, "ERR_COMMUNICATION"],
  ["NamingError", NamingError, "ERR_NAMING"],
  ["DaemonError", DaemonError, "ERR_DAEMON"],
  ["SecurityError", SecurityError, "ERR_SECURITY"],
  ["PyroError", BunsenError, "ERR_PYRO"],
];

/** To Python a member that is not there is an AttributeError; a Bunsen peer tells which one it was. */
const MEMBER_ERROR = ["AttributeError", MemberError, "ERR_MEMBER"] as const;

type RemoteErrorClass = typeof RemoteError;

const REMOTE_CLASSES: Record<string, RemoteErrorClass> = {
  ValueError: RemoteValueError,
  UnicodeError: RemoteValueError,
  UnicodeDecodeError: RemoteValueError,
  UnicodeEncodeError: RemoteValueError,
  TypeError: RemoteTypeError,
  KeyError: RemoteKeyError,
  IndexError: RemoteIndexError,
  AttributeError: RemoteAttributeError,
  ArithmeticError: RemoteArithmeticError,
  ZeroDivisionError: RemoteArithmeticError,
  OverflowError: RemoteArithmeticError,
  FloatingPointError: RemoteArithmeticError,
  OSError: RemoteOSError,
  IOError: RemoteOSError,
  FileNotFoundError: RemoteOSError,
  FileExistsError: RemoteOSError,
  PermissionError: RemoteOSError,
  IsADirectoryError: RemoteOSError,
  NotADirectoryError: RemoteOSError,
  BlockingIOError: RemoteOSError,
  InterruptedError: RemoteOSError,
  ProcessLookupError: RemoteOSError,
  ChildProcessError: RemoteOSError,
  BrokenPipeError: RemoteOSError,
  ConnectionError: RemoteOSError,
  ConnectionRefusedError: RemoteOSError,
  ConnectionResetError: RemoteOSError,
  ConnectionAbortedError: RemoteOSError,
  TimeoutError: RemoteOSError,
  NotImplementedError: RemoteNotImplementedError,
};

/** What a JavaScript error is to Python. Others are a RuntimeError. */
const PYTHON_NAMES: Record<string, string> = {
  TypeError: "builtins.TypeError",
  RangeError: "builtins.ValueError",
  URIError: "builtins.ValueError",
  SyntaxError: "builtins.SyntaxError",
  ReferenceError: "builtins.NameError",
};

const PYRO_ERROR_NAME = /^Pyro[45]\.errors\.(\w+)$/;

/** Attributes that carry what Python has no word for; Python sets them on its exception and thinks no more of them. */
const NAME_ATTRIBUTE = "_bunsenName";
const CODE_ATTRIBUTE = "_bunsenCode";
const RETRY_ATTRIBUTE = "_bunsenRetry";

/** The class dict of an error that was thrown by served code. @see spec of Pyro, "Exceptions". */
export function exceptionToWire(error: Error, dialect: ExceptionDialect): ClassDict {
  const [name, args] = pythonFormOf(error, dialect);
  return {
    __class__: name,
    __exception__: true,
    args: tuple(...args),
    attributes: attributesOf(error, dialect),
  };
}

/** Anything can be thrown in JavaScript; this makes it an error. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : `${String(thrown)} was thrown`);
}

function pythonFormOf(
  error: Error,
  { errorsModule }: ExceptionDialect,
): [string, readonly unknown[]] {
  const remote = error instanceof BunsenError ? error.remote : undefined;
  if (remote) return [remote.type.replace(PYRO_ERROR_NAME, `${errorsModule}.$1`), remote.args];
  if (error instanceof MemberError) return ["builtins.AttributeError", [error.message]];
  for (const [name, errorClass] of PYRO_ERRORS) {
    if (error instanceof errorClass) return [`${errorsModule}.${name}`, [error.message]];
  }
  const { errno, code } = error as NodeJS.ErrnoException;
  // libuv's numbers are the negated ones of the system; Python makes FileNotFoundError and the like of them.
  if (typeof errno === "number" && typeof code === "string") {
    return ["builtins.OSError", [-errno, error.message]];
  }
  for (const [name, pythonName] of Object.entries(PYTHON_NAMES)) {
    if (error.name === name) return [pythonName, [error.message]];
  }
  return ["builtins.RuntimeError", [error.message]];
}

function attributesOf(error: Error, { bunsen }: ExceptionDialect): PlainRecord {
  const attributes: PlainRecord = {};
  const remote = error instanceof BunsenError ? error.remote : undefined;
  if (remote) Object.assign(attributes, remote.attributes);
  else if (!(error instanceof BunsenError)) {
    for (const [key, value] of Object.entries(error)) {
      if (isPlainData(value)) attributes[key] = value;
    }
  }
  if (bunsen) {
    // An error that is passed on is told as its own side told it.
    const name = remote ? remote.name : error.name;
    if (name !== undefined) attributes[NAME_ATTRIBUTE] = name;
    if (error instanceof BunsenError && !(error instanceof RemoteError)) {
      attributes[CODE_ATTRIBUTE] = error.code;
      attributes[RETRY_ATTRIBUTE] = error.retry;
    }
  }
  const traceback = remote?.traceback ? remote.traceback : tracebackOf(error);
  attributes["_pyroTraceback"] = traceback.split(/(?<=\n)/);
  return attributes;
}

/** Python prints these lines under its own traceback. */
function tracebackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${servedPart(error.cause)}` : "";
  return `Traceback (JavaScript, most recent call first):\n${servedPart(error)}${cause}\n`;
}

/** The frames of the served code: from the dispatcher on they are our own, and the same for every call. */
function servedPart({ stack, message }: Error): string {
  if (stack === undefined) return message;
  const lines = stack.split("\n");
  const ours = lines.findIndex((line) => /[\\/]objects[\\/]dispatcher\.[jt]s/.test(line));
  return (ours > 1 ? lines.slice(0, ours) : lines).join("\n");
}

/** An error's own properties may hold anything; only what surely travels is sent. */
function isPlainData(value: unknown, depth = 0): boolean {
  if (value === null || ["string", "number", "boolean", "bigint"].includes(typeof value))
    return true;
  if (typeof value !== "object" || depth > 8) return false;
  if (Array.isArray(value)) return value.every((item) => isPlainData(item, depth + 1));
  return isPlainRecord(value) && Object.values(value).every((item) => isPlainData(item, depth + 1));
}

/** The error that an exception's class dict stands for; undefined where the dict is no exception. */
export function exceptionFromWire(record: ClassDict): Error | undefined {
  const type = record.__class__;
  const pyroName = PYRO_ERROR_NAME.exec(type)?.[1];
  if (pyroName === undefined && record["__exception__"] !== true) return undefined;
  const args = Array.isArray(record["args"]) ? [...(record["args"] as unknown[])] : [];
  const sent = record["attributes"];
  const {
    _pyroTraceback,
    [NAME_ATTRIBUTE]: name,
    [CODE_ATTRIBUTE]: code,
    [RETRY_ATTRIBUTE]: retry,
    ...attributes
  } = typeof sent === "object" && sent !== null ? (sent as PlainRecord) : {};
  const details = {
    attributes,
    traceback: tracebackText(_pyroTraceback),
    ...(typeof name === "string" && name !== "" && { name }),
  };
  const known =
    type === "builtins.AttributeError" && name === MemberError.prototype.name
      ? MEMBER_ERROR
      : PYRO_ERRORS.find(([errorName]) => errorName === pyroName);
  if (known) {
    const [, errorClass, defaultCode] = known;
    return new errorClass(typeof code === "string" ? code : defaultCode, messageOf(args, type), {
      retry: isRetry(retry) ? retry : "never",
      remote: { type, args, ...details },
    });
  }
  const bare = type.replace(/^(builtins|exceptions)\./, "");
  const errorClass = Object.hasOwn(REMOTE_CLASSES, bare) ? REMOTE_CLASSES[bare] : undefined;
  const error = new (errorClass ?? RemoteError)(type, args, details);
  // A Bunsen peer tells what the error was called there.
  if (details.name !== undefined) {
    error.message = `${details.name}: ${messageOf(args, type)}`;
    retrace(error); // The stack's first line has the message in it.
  }
  return error;
}

function messageOf(args: readonly unknown[], type: string): string {
  // Those of the system have their number first, as Python's OSError has.
  if (typeof args[0] === "number" && typeof args[1] === "string") return args[1];
  return typeof args[0] === "string" ? args[0] : args.length > 0 ? String(args[0]) : type;
}

function tracebackText(lines: unknown): string {
  if (typeof lines === "string") return lines;
  return Array.isArray(lines) ? lines.filter((line) => typeof line === "string").join("") : "";
}

function isRetry(value: unknown): value is Retry {
  return value === "now" || value === "later" || value === "never" || value === "unknown";
}
