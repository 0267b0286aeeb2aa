import { pause } from "./pause.ts";

/** Something that is asked again and again, while somebody looks. */
export class Rounds {
  readonly #ask: (signal: AbortSignal) => Promise<void>;
  readonly #failed: (error: unknown) => void;
  readonly #pauseMs: number;
  #ending: AbortController | undefined;

  /**
   * @param ask - Returns, or throws, when it is to be asked again.
   * @param failed - Told of what was thrown, unless nobody looks any more.
   */
  constructor(
    ask: (signal: AbortSignal) => Promise<void>,
    failed: (error: unknown) => void,
    pauseMs: number,
  ) {
    this.#ask = ask;
    this.#failed = failed;
    this.#pauseMs = pauseMs;
  }

  start(): void {
    this.#ending = new AbortController();
    void this.#run(this.#ending.signal);
  }

  stop(): void {
    this.#ending?.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#ask(signal);
      } catch (error) {
        if (!signal.aborted) this.#failed(error);
      }
      await pause(this.#pauseMs, signal);
    }
  }
}
