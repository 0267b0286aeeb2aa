/** Opens a tunnel to the host of its argument and keeps it, until it is killed. */
import { openTunnel, type SshHost } from "../../src/tunnels/index.ts";

const tunnel = await openTunnel(JSON.parse(process.argv[2] ?? "") as SshHost);
console.log(`open to ${tunnel.name}`);
setInterval(() => {}, 1000);
