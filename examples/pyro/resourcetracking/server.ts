// Resources that are freed when their client is gone, however it went. Run: node server.ts
import { callContext, Daemon, expose } from "#bunsen";

/** Something (fictional) that must be freed again. */
class Resource {
  readonly name: string;
  readonly #all: Set<Resource>;

  constructor(name: string, all: Set<Resource>) {
    this.name = name;
    this.#all = all.add(this);
  }

  /** Called for a tracked resource when the client's connection is closed. */
  close(): void {
    console.log("Resource: closing", this.name);
    this.#all.delete(this);
  }
}

export class Service {
  readonly #resources = new Set<Resource>();

  allocate(name: string): void {
    const { caller } = callContext();
    callContext().trackResource(new Resource(name, this.#resources));
    console.log("service: allocated resource", name, "for client", caller.address);
  }

  free(name: string): void {
    for (const resource of this.#resources) {
      if (resource.name !== name) continue;
      resource.close();
      callContext().untrackResource(resource);
    }
  }

  list(): string[] {
    return [...this.#resources].map(({ name }) => name);
  }
}
expose(Service, { allocate: true, free: true, list: true });

const daemon = new Daemon();
daemon.validateHandshake((caller) => {
  caller.session.onClose(() => {
    console.log("client disconnects:", caller.address);
    console.log("    resources:", daemon.held.resources);
  });
  return "hello";
});
await daemon.listen("pyro://localhost:0");
daemon.register("service", new Service());
console.log("ready", daemon.uriFor("service"));
