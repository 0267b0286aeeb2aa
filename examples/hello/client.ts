// In a project of your own, import from "bunsen".
import { assign, connect } from "#bunsen";
// Only the type: nothing of the server is loaded here.
import type { Greeter } from "./server.ts";

await using greeter = await connect<Greeter>("PYRO:greeter@localhost:9999");
console.log(await greeter.hello("TypeScript"));
await assign(greeter, { favourite: "Grace" });
console.log(await greeter.favourite);
for await (const n of greeter.countdown(3)) console.log(n);
