// Three classes that are instantiated in three ways. Needs a name server. Run: node server.ts
import { callContext, Daemon, expose, type Tuple, tuple } from "#bunsen";

let created = 0;

class Numbered {
  readonly id: number = ++created;
  constructor() {
    console.log(`created ${this.constructor.name} instance with id ${this.id}`);
  }
  log(message: string): void {
    console.log(`[${this.id}] ${this.constructor.name}.msg: ${message}`);
  }
}

export class SingleInstance extends Numbered {
  msg(message: string): number {
    this.log(message);
    return this.id;
  }
}
expose(SingleInstance, { msg: true });

export class PercallInstance extends Numbered {
  msg(message: string): number {
    this.log(message);
    return this.id;
  }
}
expose(PercallInstance, { msg: true });

export class SessionInstance extends Numbered {
  correlationId = "";
  msg(message: string): Tuple {
    this.log(message);
    return tuple<unknown>(this.id, this.correlationId);
  }
}
expose(SessionInstance, { msg: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("single", SingleInstance, { mode: "single" });
daemon.register("percall", PercallInstance, { mode: "percall" });
daemon.register("session", SessionInstance, {
  mode: "session", // the default: one for each connection
  create(Class) {
    const instance = new Class();
    instance.correlationId = callContext().correlationId; // of the first call
    return instance;
  },
});
for (const id of daemon.objects) await daemon.announce(id, `instance.${id}`);
console.log("ready", daemon.uriFor("single"));
