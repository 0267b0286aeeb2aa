/**
 * Would the same call succeed if it were made again, and may it already have run?
 *
 * - `"now"`: it did not run; making it again at once is safe and may succeed.
 * - `"later"`: it did not run; the cause is likely to pass (a daemon that restarts, a full queue).
 * - `"never"`: the same call will fail again.
 * - `"unknown"`: it may have run; only the caller knows whether running it twice does harm.
 */
export type Retry = "now" | "later" | "never" | "unknown";

/** What an error carries beside its code and message. */
export interface BunsenErrorOptions extends ErrorOptions {
  readonly retry?: Retry;
  readonly remote?: RemoteDetails;
}

/** What the peer said of an error that happened on its side. Shown to people, never acted on. */
export interface RemoteDetails {
  /** The remote type as the peer names it, such as `builtins.ValueError`. */
  readonly type: string;
  readonly args: readonly unknown[];
  /** Attributes of the remote exception object, without the traceback. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What a Bunsen peer called it, such as `RangeError`. */
  readonly name?: string;
  /** The remote traceback, most recent call last; empty when the peer sent none. */
  readonly traceback: string;
}

/** Root of every error the library throws on purpose. `code` is stable API; `message` is for people. */
export class BunsenError extends Error {
  readonly code: string;
  readonly retry: Retry;
  /** Present when the error was raised by the peer. */
  readonly remote?: RemoteDetails;
  static {
    nameOf(this, "BunsenError");
  }
  constructor(code: string, message: string, options: BunsenErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? "never";
    if (options.remote) {
      this.remote = options.remote;
      addRemoteTraceback(this);
    }
  }
}

/**
 * Takes the error's stack anew, from here: an error that arrived as bytes was made by the decoder, which tells its
 * receiver nothing; from a promise callback the stack leads to whoever awaits the call.
 */
export function retrace(error: Error): void {
  Error.captureStackTrace(error, retrace);
  if (error instanceof BunsenError) addRemoteTraceback(error);
}

function addRemoteTraceback(error: BunsenError): void {
  const traceback = error.remote?.traceback;
  if (traceback) error.stack = `${error.stack}\n${indentRemote(traceback)}`;
}

/** The conversation with a peer failed: refused, cut, late, or not understood. */
export class CommunicationError extends BunsenError {
  static {
    nameOf(this, "CommunicationError");
  }
}

/** The connection is closed, or closed while the call was under way. */
export class ConnectionClosedError extends CommunicationError {
  static {
    nameOf(this, "ConnectionClosedError");
  }
}

/** A deadline passed. The peer may still be working. */
export class TimeoutError extends CommunicationError {
  static {
    nameOf(this, "TimeoutError");
  }
}

/** The peer sent bytes that its protocol does not allow. */
export class ProtocolError extends CommunicationError {
  static {
    nameOf(this, "ProtocolError");
  }
}

/** A message is larger than `maxMessageBytes` of the side that says so. */
export class MessageTooLargeError extends ProtocolError {
  static {
    nameOf(this, "MessageTooLargeError");
  }
}

/** A value cannot be sent, or what arrived cannot be made a value. */
export class SerializeError extends ProtocolError {
  static {
    nameOf(this, "SerializeError");
  }
}

/** A name could not be found, registered or resolved. */
export class NamingError extends BunsenError {
  static {
    nameOf(this, "NamingError");
  }
}

/** The daemon has no such object, or cannot register it. */
export class DaemonError extends BunsenError {
  static {
    nameOf(this, "DaemonError");
  }
}

/** A key, certificate, handshake or permission was refused. */
export class SecurityError extends BunsenError {
  static {
    nameOf(this, "SecurityError");
  }
}

/** A member does not exist, is not exposed, or is private. */
export class MemberError extends BunsenError {
  static {
    nameOf(this, "MemberError");
  }
}

/**
 * What the remote code threw. `type` is the name the peer gave it (`builtins.ZeroDivisionError`), and the remote
 * traceback is printed under the local stack. Throw one in a served method to choose what a Python caller sees:
 * `throw new RemoteError("builtins.KeyError", ["no such channel"])`.
 */
export class RemoteError extends BunsenError {
  declare readonly remote: RemoteDetails;
  static {
    nameOf(this, "RemoteError");
  }
  constructor(
    type: string,
    args: readonly unknown[] = [],
    details: { attributes?: Record<string, unknown>; traceback?: string; name?: string } = {},
  ) {
    super("ERR_REMOTE", remoteMessage(type, args, new.target === RemoteOSError), {
      retry: "never",
      remote: {
        type,
        args,
        attributes: details.attributes ?? {},
        ...(details.name !== undefined && { name: details.name }),
        traceback: details.traceback ?? "",
      },
    });
  }

  /** The remote type, such as `builtins.ZeroDivisionError`. */
  get type(): string {
    return this.remote.type;
  }
}

/** Python's `ValueError` (and `UnicodeError`), thrown by remote code. */
export class RemoteValueError extends RemoteError {
  static {
    nameOf(this, "RemoteValueError");
  }
}

/** Python's `TypeError`, thrown by remote code: often a wrong number of arguments. */
export class RemoteTypeError extends RemoteError {
  static {
    nameOf(this, "RemoteTypeError");
  }
}

/** Python's `KeyError`, thrown by remote code. */
export class RemoteKeyError extends RemoteError {
  static {
    nameOf(this, "RemoteKeyError");
  }
}

/** Python's `IndexError`, thrown by remote code. */
export class RemoteIndexError extends RemoteError {
  static {
    nameOf(this, "RemoteIndexError");
  }
}

/** Python's `AttributeError`, thrown by remote code: a member that is missing or not exposed. */
export class RemoteAttributeError extends RemoteError {
  static {
    nameOf(this, "RemoteAttributeError");
  }
}

/** Python's `ZeroDivisionError`, `OverflowError` and other arithmetic errors, thrown by remote code. */
export class RemoteArithmeticError extends RemoteError {
  static {
    nameOf(this, "RemoteArithmeticError");
  }
}

/** Python's `OSError` and its subclasses, thrown by remote code. */
export class RemoteOSError extends RemoteError {
  static {
    nameOf(this, "RemoteOSError");
  }
}

/** Python's `NotImplementedError`, thrown by remote code. */
export class RemoteNotImplementedError extends RemoteError {
  static {
    nameOf(this, "RemoteNotImplementedError");
  }
}

/** `NAME: text` as Python's last traceback line has it, without the module of a builtin. */
function remoteMessage(type: string, args: readonly unknown[], ofSystem: boolean): string {
  const name = type.replace(/^(builtins|exceptions)\./, "");
  if (args.length === 0) return name;
  // As Python shows those of the system; the file they are about is not among the arguments.
  if (ofSystem && args.length === 2) return `${name}: [Errno ${plain(args[0])}] ${plain(args[1])}`;
  const text = args.length === 1 ? plain(args[0]) : `(${args.map(plain).join(", ")})`;
  return `${name}: ${text}`;
}

function plain(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return `${value}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function indentRemote(traceback: string): string {
  const lines = traceback.trimEnd().split("\n");
  return ["    +--- remote traceback", ...lines.map((line) => `    | ${line}`), "    +---"].join(
    "\n",
  );
}

/** On the prototype, so that the name is not listed among an error's own fields. */
function nameOf(errorClass: { readonly prototype: object }, name: string): void {
  Object.defineProperty(errorClass.prototype, "name", {
    value: name,
    writable: true,
    configurable: true,
  });
}
