/** Opens a tunnel by the hops of its argument and keeps it, until it is killed. */
import { openTunnel, type SshRoute } from "../../src/tunnels/index.ts";

const tunnel = await openTunnel(JSON.parse(process.argv[2] ?? "") as SshRoute);
console.log(`open to ${tunnel.name}`);
setInterval(() => {}, 1000);
