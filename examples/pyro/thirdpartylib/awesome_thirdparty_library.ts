/** Stands for a library of somebody else, that knows nothing of remote objects and is not to be changed. */
export class AwesomeClass {
  method(arg: string): string {
    console.log("Awesome object is called with:", arg);
    return "awesome";
  }
  private(): string {
    console.log("This should be a private method...");
    return "boo";
  }
  weird(): WeirdReturnType {
    console.log("Weird!");
    return new WeirdReturnType("awesome");
  }
}

export class WeirdReturnType {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}
