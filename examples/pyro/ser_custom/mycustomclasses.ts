/** Two classes that know nothing of how they travel. */
export class Thingy {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

export class OtherThingy {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}
