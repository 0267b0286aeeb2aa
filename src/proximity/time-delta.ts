/** A duration, as Python's `datetime.timedelta`: JavaScript has none of its own. */
export class TimeDelta {
  /** Seconds, with their fraction; may be negative. */
  readonly totalSeconds: number;

  constructor(totalSeconds: number) {
    if (!Number.isFinite(totalSeconds)) {
      throw new TypeError(`Expected a finite number of seconds, got ${totalSeconds}`);
    }
    this.totalSeconds = totalSeconds;
  }
}
