import { registerClass } from "#bunsen";

export class Thingy {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}
// Both ways under a name of its own, with attributes as one likes. It holds for the whole process.
registerClass(Thingy, {
  name: "waheeee-custom-thingy",
  toWire: ({ number }) => ({ "number-attribute": number }),
  fromWire: (attributes) => new Thingy(attributes["number-attribute"] as number),
});

export class OtherThingy {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}
// Without `toWire` the properties are sent as they are. The name is what Python calls the class.
registerClass(OtherThingy, {
  name: "mycustomclasses.OtherThingy",
  fromWire: ({ number }) => new OtherThingy(number as number),
});
