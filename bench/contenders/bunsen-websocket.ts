import { connect, Daemon, type Remote } from "../../src/index.ts";
import type { NodeContender } from "../contender.ts";
import { echoLoads } from "../load.ts";
import { Bench } from "./bunsen.ts";

/** An object by way of a gateway, for a client that connects to `ws://…`. */
export function byGateway(open: (uri: string) => Promise<Remote<Bench>>): NodeContender {
  return {
    async serve() {
      const daemon = new Daemon();
      daemon.register("bench", new Bench());
      const { url } = await daemon.listen("http://127.0.0.1:0");
      return Number(new URL(url).port);
    },

    async loads(port) {
      const proxy = await open(`ws://127.0.0.1:${port}/bench`);
      return echoLoads({
        echo: (text) => proxy.echo(text),
        close: () => proxy[Symbol.asyncDispose](),
      });
    },
  };
}

const contender: NodeContender = byGateway((uri) => connect<Bench>(uri));

export default contender;
