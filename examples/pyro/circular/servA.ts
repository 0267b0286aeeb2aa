// Link A of the chain. Needs a name server. Run: node servA.ts
import { serve } from "./chain.ts";

await serve("A", "B");
