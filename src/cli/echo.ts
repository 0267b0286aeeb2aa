import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { Daemon } from "../daemon.ts";
import { type RunningNameServer, startNameServer } from "../names/serve.ts";
import {
  addNatOptions,
  jsonOption,
  type NatOptions,
  nameServerOption,
  natOf,
  newCommand,
  portArgument,
} from "./command.ts";
import { nameServerFrom } from "./connecting.ts";
import { EchoServer } from "./echo-server.ts";
import { listenUrl } from "./listen-url.ts";
import { addLogOptions, type LogOptions, loggerFrom } from "./logging.ts";
import { addSecurityOptions, listenerSecurity, type SecurityOptions } from "./security.ts";
import { stopSignal, untilSignal } from "./until-signal.ts";

interface EchoOptions extends NatOptions, SecurityOptions, LogOptions {
  readonly host?: string;
  readonly port: number;
  readonly unixSocket?: string;
  readonly naming?: boolean;
  readonly nameserver?: boolean;
  readonly ns?: string;
  readonly json?: boolean;
}

const NAME = "test.echoserver";

export function command(): Command {
  const command = newCommand("echo", {
    summary: "run the test server of Pyro",
    description: `Runs the test server of Pyro: the object ${NAME}, with the same members. Prints its URI; Ctrl-C ends it, and so does its member shutdown().`,
    examples: [
      "bunsen echo --port 9999",
      "bunsen echo --naming",
      "bunsen call PYRO:test.echoserver@localhost:9999 echo hello",
    ],
    exits:
      "0 stopped by Ctrl-C or shutdown(), 1 cannot start, 2 wrong usage, 3 no name server (--naming)",
  })
    .option("-H, --host <host>", "where to listen (default: HOST, else localhost)")
    .option("-p, --port <port>", "0 picks a free one", portArgument, 0)
    .option("-u, --unix-socket <path>", "listen at this Unix socket instead")
    .option("-n, --naming", `register as ${NAME} in the name server`)
    .option("-N, --nameserver", "run a name server, too, and register there (see bunsen ns)")
    .addOption(nameServerOption())
    .addOption(jsonOption("print one line of JSON instead of the URI"));
  return addLogOptions(addSecurityOptions(addNatOptions(command))).action(run);
}

async function run(options: EchoOptions): Promise<void> {
  const shutdown = Promise.withResolvers<void>();
  const logger = loggerFrom(options);
  const security = listenerSecurity(options);
  const daemon = new Daemon({ logger });
  let names: RunningNameServer | undefined;
  const close = async () => {
    await daemon.close();
    await names?.close();
  };
  try {
    const echo = new EchoServer(() => shutdown.resolve());
    echo.verbose = options.verbose ?? false;
    daemon.register(NAME, echo);
    await daemon.listen(listenUrl(options), { ...natOf(options), ...security });
    if (options.nameserver) {
      const { host } = options;
      names = await startNameServer({
        listen: security,
        logger,
        ...(host !== undefined && { host }),
      });
      names.names.register(NAME, daemon.uriFor(NAME));
      console.error(`name server: ${names.uri}`);
    } else if (options.naming) {
      await daemon.announce(NAME, NAME, nameServerFrom(options));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const stop = stopSignal();
  const uri = daemon.uriFor(NAME);
  console.log(options.json ? JSON.stringify({ uri }) : uri);
  // The caller of shutdown() still waits for its answer.
  const ended = shutdown.promise.then(() => sleep(100));
  await untilSignal(stop, close, ended);
}
