// What runs on another computer: starts the service over SSH, links with it, and ends all of it when it is done.
//   node examples/msl/client.ts pi@raspberrypi /home/pi/lab/service.ts
// In a project of your own, import from "bunsen" and "bunsen/msl".
import { kwargs } from "#bunsen";
import {
  type LinkedClient,
  type LinkedClientOptions,
  linkedClient,
  startManager,
} from "#bunsen/msl";
import type { SshRoute } from "#bunsen/tunnels";
// Only the type: nothing of the service is loaded here.
import type { RPiService } from "./service.ts";

export interface ConnectOptions {
  /** How to log in: `"pi@raspberrypi"`, or an alias of the OpenSSH configuration. */
  readonly ssh: SshRoute;
  /** The program there and its arguments: our service, or a console script of the Python package. */
  readonly command: string | readonly string[];
  /** The name or address of the computer, as this one knows it. */
  readonly host: string;
  readonly port?: number;
  readonly manager?: LinkedClientOptions;
  /** Further keyword arguments for the program, by their Python names. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** Starts the service and links with it. `disconnect` ends the service, and with it its manager. */
export async function connectPi(options: ConnectOptions): Promise<LinkedClient<RPiService>> {
  const { ssh, command, host, port = 1875, manager } = options;
  await startManager(ssh, command, { kwargs: { ...options.kwargs, port } });
  const rpi: LinkedClient<RPiService> = await linkedClient<RPiService>(
    `msl://${host}:${port}/RPiService`,
    {
      name: "MyClient",
      ...manager,
      // Whatever goes wrong there, nothing is left running. Usually a service stays, for its other clients.
      onServiceError: () => disconnect(),
    },
  );
  let ended: Promise<void> | undefined;
  const disconnect = (): Promise<void> => {
    ended ??= rpi.shutdownService().then(() => rpi.disconnect());
    return ended;
  };
  return { ...rpi, disconnect, [Symbol.asyncDispose]: disconnect };
}

if (process.argv[1]?.endsWith("client.ts")) {
  const [ssh = "pi@raspberrypi", ...command] = process.argv.slice(2);
  const host = ssh.replace(/^.*@/, "");
  await using rpi = await connectPi({ ssh, host, command: ["node", ...command] });
  console.log(await rpi.service.add_numbers(1, 2, 3, 4)); // 10
  console.log(await rpi.service.power(4)); // 16
  console.log(await rpi.service.power(5, kwargs({ n: 3 }))); // 125
}
