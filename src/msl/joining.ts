import { splitKwargs } from "../objects/bind-arguments.ts";
import type { Via } from "../tunnels/shared.ts";
import { parseMslUrl } from "./address.ts";
import { dialBy } from "./connect.ts";
import type { ServiceHost } from "./served-object.ts";
import { MslService, type ServiceOptions } from "./service.ts";

/** How the objects of a daemon are offered at a manager. */
export interface JoinOptions extends Omit<ServiceOptions, "dial"> {
  /** Ids of the objects to offer. Default: all that are registered, and those that are registered later. */
  readonly objects?: readonly string[];
  /** The way to where the URL holds: a tunnel of OpenSSH, such as `"ssh://user@gateway"`. */
  readonly via?: Via;
}

/** The objects of a daemon, as services of one manager. */
export class Joined implements AsyncDisposable {
  /** The manager's URL. */
  readonly url: string;
  /** Settles when every service has gone: closed, or asked to end by a client. */
  readonly left: Promise<void>;
  readonly #services = new Map<string, MslService>();
  readonly #start: (id: string) => Promise<MslService>;
  readonly #host: ServiceHost;
  #leave: () => void = () => {};
  #unwatch: () => void = () => {};
  #closed = false;

  private constructor(url: string, host: ServiceHost, start: (id: string) => Promise<MslService>) {
    this.url = url;
    this.#host = host;
    this.#start = start;
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /**
   * Offers objects at a manager, one service each, named by their ids.
   * @throws as `connectManager`; NamingError `ERR_NAME_TAKEN` where the manager has a service of that name. Then none is.
   */
  static async join(
    url: string,
    host: ServiceHost,
    offered: (id: string) => boolean,
    options: JoinOptions,
  ): Promise<Joined> {
    const { objects, via, ...serviceOptions } = options;
    const address = parseMslUrl(url);
    const settled = { ...serviceOptions, dial: await dialBy(via) };
    const joined = new Joined(url, host, (id) => MslService.start(id, host, address, settled));
    const { registry } = host.dispatcher;
    try {
      await Promise.all((objects ?? registry.ids().filter(offered)).map((id) => joined.#add(id)));
    } catch (error) {
      await joined.close();
      throw error;
    }
    if (objects === undefined) {
      joined.#unwatch = registry.watch((id) => {
        if (offered(id)) void joined.#follow(id);
      });
    }
    return joined;
  }

  /** The names of the services. */
  get services(): string[] {
    return [...this.#services.keys()];
  }

  /**
   * Tells the clients that are linked with a service: `joined.notify("heartbeat", 73, kwargs({ at: "12:00" }))`. A service
   * that is gone has none.
   */
  notify(idOrObject: string | object, ...args: unknown[]): void {
    const id =
      typeof idOrObject === "string" ? idOrObject : this.#host.dispatcher.registry.idOf(idOrObject);
    const [positional, keywords] = splitKwargs(args);
    if (id !== undefined) this.#services.get(id)?.notify(positional, keywords ?? {});
  }

  /** Takes every service off the manager. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    await Promise.all([...this.#services.values()].map((service) => service.close()));
    this.#leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #add(id: string): Promise<void> {
    const service = await this.#start(id);
    this.#services.set(id, service);
    void service.left.then(() => {
      if (this.#services.get(id) === service) this.#services.delete(id);
      if (this.#services.size === 0) this.#leave();
    });
    if (this.#closed) await service.close();
  }

  /** What was registered or unregistered after the daemon joined. */
  async #follow(id: string): Promise<void> {
    try {
      await this.#services.get(id)?.close();
      if (this.#host.dispatcher.registry.get(id) && !this.#closed) await this.#add(id);
    } catch (error) {
      this.#host.logger.error({ service: id }, `${id} is no service: ${(error as Error).message}`);
    }
  }
}
