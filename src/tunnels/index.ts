/** Tunnels by way of the system's OpenSSH client: what users import from "bunsen/tunnels". */
export {
  type SshHop,
  type SshHost,
  type SshHostEntry,
  type SshHostMap,
  SshHosts,
  type SshRoute,
} from "./host.ts";
export {
  type ForwardedPort,
  openTunnel,
  type ReversePort,
  type Tunnel,
  type TunnelOptions,
  type TunnelState,
} from "./tunnel.ts";
