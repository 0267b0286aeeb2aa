// Remote attributes. Run: node client.ts URI, with the URI that the server printed
import { assign, connect, describe } from "#bunsen";
import type { Thingy } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using thingy = await connect<Thingy>(uri);

// To read one is to await it, to set one is to await `assign`: errors of either reach you.
console.log("prop_value is", await thingy.prop_value);
await assign(thingy, { prop_value: (await thingy.prop_value) + 500 });
console.log(
  "prop_value is",
  await thingy.prop_value,
  "and getValue() says",
  await thingy.getValue(),
);
console.log("__dunder__() says", await thingy.__dunder__());

// What is not exposed is not there, whatever the class has, and asking all the same is an error.
console.log("exposed:", [...describe(thingy).members.keys()].join(", "), "sub" in thingy);
const unchecked = thingy as unknown as Record<string, () => Promise<unknown>>;
for (const name of ["sub", "value", "_value", "__value"]) {
  await unchecked[name]?.().catch((error: Error) => console.log("refused:", error.message));
}

// An attribute's value arrives as a copy: changing it changes nothing over there.
const copy = await thingy.prop_sub;
copy["test"] = "nope";
console.log("prop_sub is still", await thingy.prop_sub);
