import { Daemon, type RunningNameServer, startNameServer } from "../../src/index.ts";
import type { Logger } from "../../src/log.ts";
import { type ModelOptions, model, type ServedModel } from "../../src/models/index.ts";

export interface ExampleState {
  name: string;
  value: number;
}

export type ExampleModel = ServedModel<ExampleState>;

/** The example of the original: whoever can call may set `name` and `value`, unless the options say otherwise. */
export function exampleModel(options: ModelOptions): ExampleModel {
  return model({
    state: { name: "xxx", value: 0 },
    changeable: { name: true, value: true },
    ...options,
  });
}

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A logger that keeps its lines. */
export function keepingLogger(): Logger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ ...fields, level, message });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export interface Shop extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly names: RunningNameServer;
  readonly uri: string;
  /** For Python programs of those years: where names are found, and no obligation to expose. */
  readonly env: Readonly<Record<string, string>>;
}

/** A name server, and a daemon with one object that is found there. */
export async function shop(name: string, object: object): Promise<Shop> {
  const names = await startNameServer({ host: "127.0.0.1", port: 0, broadcastPort: false });
  const daemon = new Daemon();
  await daemon.listen("pyro://127.0.0.1:0");
  const { uri } = daemon.register(name, object);
  const { location } = names.uri;
  if (location.kind !== "tcp") throw new Error("a port was asked for");
  await daemon.announce(name, name, { host: location.host, port: location.port });
  return {
    daemon,
    names,
    uri,
    env: {
      PYRO_NS_HOST: location.host,
      PYRO_NS_PORT: `${location.port}`,
      PYRO_REQUIRE_EXPOSE: "False",
    },
    async [Symbol.asyncDispose]() {
      await daemon.close();
      await names.close();
    },
  };
}
