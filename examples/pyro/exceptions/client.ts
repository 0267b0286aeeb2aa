// Remote errors. Run: node client.ts
import { connect, RemoteArithmeticError, RemoteError, RemoteValueError } from "#bunsen";
import type { TestClass } from "./excep.ts";

await using test = await connect<TestClass>("PYRONAME:example.exceptions");
console.log("2 / 9 =", await test.div(2, 9));

// Those that Python has by name are classes here; `type` and `remote` have all that the peer said.
await expecting(RemoteArithmeticError, test.div(2, 0));
await expecting(RemoteValueError, test.error());
await expecting(RemoteError, test.othererr());

// What cannot be sent is an error as well. (A server in Python sends a record of what it knows of the function.)
console.log("unserializable:", await test.unserializable().catch((error: Error) => error.message));

const returned = await test.error2();
console.log("returned, not thrown:", returned instanceof Error, returned.message);

await test.onewayerr();
console.log("a one-way call simply succeeds");

// Printed with the remote traceback under the local stack, here as by whoever catches nothing.
console.log("*** nobody catches the next one");
await test.complexerror();

async function expecting(type: abstract new (...args: never[]) => Error, call: Promise<unknown>) {
  try {
    await call;
    console.log("SHOULD NOT HAPPEN: no error");
  } catch (error) {
    if (!(error instanceof type)) throw error;
    console.log(`${type.name}: ${error.message}`);
  }
}
