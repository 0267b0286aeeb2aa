// What runs where the instrument is: offers the vendor's driver, unchanged, to whoever speaks PyProximity.
//   node examples/proximity/server.ts
// In a project of your own, import from "bunsen".
import { Daemon } from "#bunsen";
import { Bank } from "./vendor-driver.ts";

const bank = new Bank();
const daemon = new Daemon();
daemon.register("bank", bank, { expose: /^scan$/ });
// A part is an interface of its own. What the pattern does not name can be neither seen nor called.
daemon.register("bank.valon", bank.valon, { expose: /^(get_|set_|reference)/ });
const { url } = await daemon.listen(process.argv[2] ?? "proximity://127.0.0.1:5555");
console.log(`ready ${url}/bank`);
