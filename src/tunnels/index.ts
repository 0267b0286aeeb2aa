/** Tunnels by way of the system's OpenSSH client, and servers that are called by name: what users import from "bunsen/tunnels". */
export {
  type CallbackInfo,
  type Callbacks,
  callbackInfo,
  callbacksOf,
  type Listening,
} from "../servers/callback-info.ts";
export { type NamedServer, type ServeNamedOptions, serveNamed } from "../servers/serve-named.ts";
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
