// Sends a message round: A calls B, B calls C, C calls A. Run servA.ts, servB.ts and servC.ts, then: node client.ts
import { connect } from "#bunsen";
import type { Chain } from "./chain.ts";

await using chain = await connect<Chain>("PYRONAME:example.chain.A");
console.log("Result =", await chain.process(["hello"]));
