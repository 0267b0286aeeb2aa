/** Takes the jobs of one host one after the other: who tries many passwords must not keep others from logging in. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(host: string, job: () => Promise<T>): Promise<T> {
    const before = this.#last.get(host);
    const mine = (async () => {
      await before?.catch(() => {});
      return await job();
    })();
    this.#last.set(host, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(host) === mine) this.#last.delete(host);
    }
  }
}
