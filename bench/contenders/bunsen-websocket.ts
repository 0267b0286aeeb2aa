import { connect, Daemon } from "../../src/index.ts";
import type { NodeContender } from "../contender.ts";
import { echoLoads } from "../load.ts";
import { Bench } from "./bunsen.ts";

/** By a gateway, from Node: `connect("ws://…")`. */
const contender: NodeContender = {
  async serve() {
    const daemon = new Daemon();
    daemon.register("bench", new Bench());
    const { url } = await daemon.listen("http://127.0.0.1:0");
    return Number(new URL(url).port);
  },

  async loads(port) {
    const proxy = await connect<Bench>(`ws://127.0.0.1:${port}/bench`);
    return echoLoads({
      echo: (text) => proxy.echo(text),
      close: () => proxy[Symbol.asyncDispose](),
    });
  },
};

export default contender;
