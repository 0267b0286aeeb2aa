// What runs on a laptop that has no driver: it learns from the server what there is.
//   node examples/proximity/client.ts proximity://127.0.0.1:5555/bank
// Or by hand: bunsen repl proximity://127.0.0.1:5555/bank
// In a project of your own, import from "bunsen".
import { assign, connect, describe, signatureOf } from "#bunsen";
// Only types, which are gone when the program runs; without them, connect(uri) does as well.
import type { Bank, Valon } from "./vendor-driver.ts";

const uri = process.argv[2] ?? "proximity://127.0.0.1:5555/bank";
await using bank = await connect<Bank>(uri);
await using valon = await connect<Valon>(`${uri}.valon`);

for (const member of describe(bank).members.values()) {
  console.log(signatureOf(member), "-", member.doc?.split("\n")[0]);
}
console.log((await bank.scan()).start.toISOString());
console.log(await valon.set_frequency(0, 1.4e9));
console.log(await valon.get_frequency(0));
await assign(valon, { reference: 20e6 });
console.log(await valon.reference);
await valon.set_frequency(1, 9e9).catch((error: Error) => console.log(error.message));
