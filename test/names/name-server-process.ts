import { startNameServer } from "../../src/index.ts";

// A name server of its own process, for tests that kill it: node name-server-process.ts '{"port": 0}'
const names = await startNameServer({
  broadcastPort: false,
  ...JSON.parse(process.argv[2] ?? "{}"),
});
console.log(`READY ${names.uri}`);
// Standard input ends with the test that started us.
process.stdin.on("end", () => process.exit()).resume();
