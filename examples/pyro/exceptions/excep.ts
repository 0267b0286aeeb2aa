import { expose, RemoteError } from "#bunsen";

export class TestClass {
  div(a: number, b: number): number {
    // In JavaScript this would be Infinity; callers in Python expect their own error.
    if (b === 0) throw new RemoteError("builtins.ZeroDivisionError", ["division by zero"]);
    return a / b;
  }
  error(): never {
    throw new RangeError("a valueerror! Great!"); // for Python a ValueError
  }
  /** An error is a value as well. */
  error2(): Error {
    return new RangeError("a valueerror! Great!");
  }
  othererr(): never {
    throw new Error("a runtime error!"); // for Python a RuntimeError
  }
  onewayerr(): never {
    throw new RangeError("error in oneway call!");
  }
  complexerror(): void {
    new Foo().crash();
  }
  unserializable(): unknown {
    return Symbol("no wire carries one");
  }
}
expose(TestClass, {
  div: true,
  error: true,
  error2: true,
  othererr: true,
  onewayerr: { oneway: true },
  complexerror: true,
  unserializable: true,
});

class Foo {
  crash(): void {
    this.crash2("going down...");
  }
  crash2(arg: string): bigint {
    return BigInt(arg); // crashes on purpose
  }
}
