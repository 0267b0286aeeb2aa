export class Warehouse {
  readonly #contents = ["chair", "bike", "flashlight", "laptop", "couch"];

  list_contents(): string[] {
    return this.#contents;
  }
  take(name: string, item: string): void {
    const index = this.#contents.indexOf(item);
    if (index < 0) throw new RangeError(`there is no ${item} in the warehouse`);
    this.#contents.splice(index, 1);
    console.log(`${name} took the ${item}.`);
  }
  store(name: string, item: string): void {
    this.#contents.push(item);
    console.log(`${name} stored the ${item}.`);
  }
}
