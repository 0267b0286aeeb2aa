import { BunsenError } from "../errors.ts";
import { type Logger, stderrLogger } from "../log.ts";
import { Dispatcher } from "../objects/dispatcher.ts";
import { Registry } from "../objects/registry.ts";
import { Joined, type JoinOptions } from "./joining.ts";
import { Manager } from "./manager/manager.ts";
import type { ManagerOptions } from "./manager/options.ts";
import { MANAGER_RUNNING } from "./messages.ts";

/** How an object is offered without a daemon. */
export interface StartServiceOptions extends Omit<JoinOptions, "objects"> {
  /** Where log lines go. Default: warnings and errors, to standard error. */
  readonly logger?: Logger;
}

/**
 * Offers objects as services of a manager, without a daemon: `startServices({ Calc: new Calc() }, "msl://host")`. What
 * callers may reach is declared by `expose`.
 * @throws as `daemon.join`; DaemonError `ERR_NOTHING_EXPOSED`.
 */
export async function startServices(
  services: Readonly<Record<string, object>>,
  url: string,
  options: StartServiceOptions = {},
): Promise<Joined> {
  const { logger = stderrLogger(), ...joinOptions } = options;
  const registry = new Registry();
  for (const [name, target] of Object.entries(services)) registry.register(name, target);
  const host = { dispatcher: new Dispatcher(registry), logger };
  return await Joined.join(url, host, () => true, joinOptions);
}

/** What a program is told that runs a manager and services. */
export interface RunServicesOptions {
  /** The manager. It listens at every address of this computer unless `host` says otherwise. */
  readonly manager?: ManagerOptions;
  /** The services: users, passwords and limits. */
  readonly services?: StartServiceOptions;
  /** Called once the services can be reached. */
  readonly onRunning?: (manager: Manager, services: Joined) => unknown;
}

/**
 * Runs a manager and services on it, until every service has gone: what a small computer does that is started from
 * another one, see `startManager` and `parseStartOptions`. Prints the line by which others see that it runs.
 * @throws as `Manager.start`; NamingError, SecurityError where a service is not let in.
 */
export async function runServices(
  services: Readonly<Record<string, object>>,
  options: RunServicesOptions = {},
): Promise<void> {
  if (Object.keys(services).length === 0) {
    throw new BunsenError("ERR_BAD_OPTION", "no service was given to run");
  }
  const { manager: managerOptions = {}, onRunning } = options;
  await using manager = await Manager.start({ host: "0.0.0.0", ...managerOptions });
  const { certificate } = manager;
  const joining = startServices(services, `msl://localhost:${manager.port}`, {
    tls: certificate !== undefined,
    ...(certificate && { certFile: certificate.file, serverName: manager.hostname }),
    managerPassword: managerOptions.authPassword,
    ...options.services,
  });
  await using joined = await joining;
  console.log(
    `${MANAGER_RUNNING} ${manager.address} (TLS ${certificate ? "ENABLED" : "DISABLED"})`,
  );
  await onRunning?.(manager, joined);
  // A manager that an administrator ended leaves nothing to wait for.
  await Promise.race([joined.left, manager.closed]);
}
