// What came with the instrument: a driver that knows nothing of remote objects. It stands for a package of somebody else.

/** A frequency synthesizer of two channels. */
export class Valon {
  /** Reference clock, in Hz. */
  reference = 10e6;
  readonly #frequencies = [800e6, 800e6];

  /** Frequency of a channel, in Hz. */
  get_frequency(channel: number): number {
    return this.#at(channel);
  }

  /**
   * Tunes a channel.
   *
   * channel: 0 or 1
   * frequency: in Hz, up to 2.4 GHz
   */
  set_frequency(channel: number, frequency: number, settle = true): { locked: boolean } {
    this.#at(channel);
    if (frequency > 2.4e9) throw new RangeError(`${frequency} Hz is above 2.4 GHz`);
    this.#frequencies[channel] = frequency;
    return { locked: settle };
  }

  /** Writes the firmware. Not from afar, please. */
  flash(_image: Uint8Array): void {}

  #at(channel: number): number {
    const frequency = this.#frequencies[channel];
    if (frequency === undefined) throw new RangeError(`there is no channel ${channel}`);
    return frequency;
  }
}

/** A bank of a spectrometer, which has a synthesizer in it. */
export class Bank {
  readonly valon: Valon = new Valon();

  /** When observations began, and how they are called. */
  scan(): { name: string; start: Date } {
    return { name: "NGC1275", start: new Date(Date.UTC(2026, 10, 21, 8)) };
  }
}
