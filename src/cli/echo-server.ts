import { setTimeout as sleep } from "node:timers/promises";
import { RemoteError } from "../errors.ts";
import { expose } from "../objects/expose.ts";

/**
 * The test server of Pyro: the same members and texts, so that what was written against the original works against
 * this one. @see spec of Pyro, "Echo server".
 */
export class EchoServer {
  /** Whether calls are logged on the server. */
  verbose = false;
  readonly #shutdown: () => void;

  constructor(shutdown: () => void) {
    this.#shutdown = shutdown;
  }

  /** Returns the message. */
  echo(message: unknown): unknown {
    this.#log("echo", message);
    return message;
  }

  /** Raises a ValueError. */
  error(): never {
    throw valueError("this is the generated error from echoserver echo() method");
  }

  /** Raises a ValueError with another text. */
  error_with_text(): never {
    throw valueError("the message of the error");
  }

  /** Takes the message; nobody waits for an answer. */
  oneway_echo(message: unknown): void {
    this.#log("oneway_echo", message);
  }

  /** Answers after 5 seconds. */
  async slow(): Promise<string> {
    await sleep(SLOW_MS, undefined, { ref: false });
    return "Finally, an answer!";
  }

  /** The same, and nobody waits for it. */
  async oneway_slow(): Promise<void> {
    await sleep(SLOW_MS, undefined, { ref: false });
    this.#log("oneway_slow", "done");
  }

  /** Streams "one", "two", "three". */
  *generator(): Generator<string> {
    yield "one";
    yield "two";
    yield "three";
  }

  /** Not a number. */
  nan(): number {
    return Number.NaN;
  }

  /** Infinity. */
  inf(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** A dunder name that may be called. */
  __dunder__(): string {
    return "should be allowed (dunder)";
  }

  /** Ends the server. */
  shutdown(): void {
    this.#log("shutdown", "");
    this.#shutdown();
  }

  #log(member: string, message: unknown): void {
    if (this.verbose) console.error(`${member}:`, message);
  }
}

const SLOW_MS = 5000;

function valueError(text: string): RemoteError {
  return new RemoteError("builtins.ValueError", [text]);
}

expose(
  EchoServer,
  {
    verbose: true,
    echo: true,
    error: true,
    error_with_text: true,
    oneway_echo: { oneway: true },
    slow: true,
    oneway_slow: { oneway: true },
    generator: true,
    nan: true,
    inf: true,
    __dunder__: true,
    shutdown: true,
  },
  { doc: "The test server of Pyro." },
);
