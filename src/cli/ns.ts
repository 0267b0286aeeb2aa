import type { Command } from "commander";
import { startNameServer } from "../names/serve.ts";
import {
  addNatOptions,
  integer,
  jsonOption,
  type NatOptions,
  natOf,
  newCommand,
  portArgument,
} from "./command.ts";
import { addLogOptions, type LogOptions, loggerFrom } from "./logging.ts";
import { addSecurityOptions, listenerSecurity, type SecurityOptions } from "./security.ts";
import { stopSignal, untilSignal } from "./until-signal.ts";

interface NsOptions extends NatOptions, SecurityOptions, LogOptions {
  readonly host?: string;
  readonly port?: number;
  readonly unixSocket?: string;
  readonly store: string;
  /** A port; false with `--no-broadcast`; true where neither option is given. */
  readonly broadcast: boolean;
  readonly broadcastPort?: number;
  readonly broadcastHost?: string;
  readonly autoClean?: number;
  readonly json?: boolean;
}

export function command(): Command {
  const command = newCommand("ns", {
    summary: "run a name server",
    description:
      "Runs a name server for Pyro4, Pyro5 and Bunsen. Prints its URI on a line of its own once it answers; Ctrl-C ends it.",
    examples: [
      "bunsen ns",
      "bunsen ns --host 0.0.0.0 --store sql:names.sqlite",
      "bunsen ns --port 0",
    ],
    exits:
      "0 stopped by Ctrl-C, 1 cannot start (the port is taken, the store is broken), 2 wrong usage",
  })
    .option("-n, --host <host>", "where to listen (default: HOST, else localhost)")
    .option("-p, --port <port>", "0 picks a free one (default: NS_PORT, else 9090)", portArgument)
    .option("-u, --unix-socket <path>", "listen at this Unix socket instead")
    .option(
      "-s, --store <store>",
      "memory, or sql:FILE, which Pyro's own name servers read too",
      "memory",
    )
    .option("--broadcast-port <port>", "UDP port (default: NS_BCPORT, else 9091)", portArgument)
    .option(
      "--broadcast-host <host>",
      "the address of this machine where broadcasts are answered (default: NS_BCHOST, else all)",
    )
    .option("--no-broadcast", "do not answer broadcasts")
    .option(
      "--auto-clean <seconds>",
      "remove names that cannot be reached, this often; 0 is never",
      integer(0),
    )
    .addOption(jsonOption("print one line of JSON instead of the URI"));
  return addLogOptions(addSecurityOptions(addNatOptions(command))).action(run);
}

async function run(options: NsOptions): Promise<void> {
  const server = await startNameServer({
    storage: options.store,
    listen: { ...natOf(options), ...listenerSecurity(options) },
    logger: loggerFrom(options),
    ...(options.host !== undefined && { host: options.host }),
    ...(options.port !== undefined && { port: options.port }),
    ...(options.broadcastPort !== undefined && { broadcastPort: options.broadcastPort }),
    ...(options.broadcastHost !== undefined && { broadcastHost: options.broadcastHost }),
    ...(options.broadcast ? {} : { broadcastPort: false as const }),
    ...(options.autoClean !== undefined && { autoCleanMs: options.autoClean * 1000 }),
    ...(options.unixSocket !== undefined && { unixSocket: options.unixSocket }),
  });
  const stop = stopSignal();
  const { broadcast, uri, internalUri } = server;
  if (options.json) {
    console.log(
      JSON.stringify({ uri: `${uri}`, internal: `${internalUri}`, broadcast: broadcast ?? null }),
    );
  } else {
    console.error(
      broadcast
        ? `Answering broadcasts at UDP ${broadcast.host}:${broadcast.port}.`
        : (server.broadcastRefusal ?? ""),
    );
    if (!uri.equals(internalUri)) console.error(`Listening at ${internalUri}.`);
    console.log(`${uri}`);
  }
  await untilSignal(stop, () => server.close());
}
