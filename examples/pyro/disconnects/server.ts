// Closes connections that are silent for five seconds. Run: node server.ts [SECONDS]
import { Daemon, expose } from "#bunsen";

export class TestDisconnect {
  echo(arg: string): string {
    console.log("echo:", arg);
    return arg;
  }
}
expose(TestDisconnect, { echo: true });

const [seconds = "5"] = process.argv.slice(2);
const daemon = new Daemon();
daemon.validateHandshake((caller) => {
  caller.session.onClose(() => console.log("disconnected:", caller.address));
  return "hello";
});
await daemon.listen("pyro://localhost:0", { idleTimeoutMs: Number(seconds) * 1000 });
daemon.register("example.disconnect", new TestDisconnect());
console.log("ready", daemon.uriFor("example.disconnect"));
