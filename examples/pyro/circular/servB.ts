// Link B of the chain. Needs a name server. Run: node servB.ts
import { serve } from "./chain.ts";

await serve("B", "C");
