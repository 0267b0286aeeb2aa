// Link C of the chain. Needs a name server. Run: node servC.ts
import { serve } from "./chain.ts";

await serve("C", "A");
