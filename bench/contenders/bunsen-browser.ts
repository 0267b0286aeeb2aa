import { connect } from "../../src/browser/index.ts";
import type { NodeContender } from "../contender.ts";
import { echoLoads } from "../load.ts";
import type { Bench } from "./bunsen.ts";
import bunsen from "./bunsen-websocket.ts";

/** The client of browsers, with the WebSocket that Node has. */
const contender: NodeContender = {
  serve: bunsen.serve,

  async loads(port) {
    const proxy = await connect<Bench>(`ws://127.0.0.1:${port}/bench`);
    return echoLoads({
      echo: (text) => proxy.echo(text),
      close: () => proxy[Symbol.asyncDispose](),
    });
  },
};

export default contender;
