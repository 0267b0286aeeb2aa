import { connect, Daemon, expose, type SerializerName } from "../../src/index.ts";
import type { NodeContender } from "../contender.ts";
import { callLoads } from "../load.ts";

export class Bench {
  echo(text: string): string {
    return text;
  }

  bytes(data: Uint8Array): Uint8Array {
    return data;
  }

  async *items(count: number): AsyncIterable<number> {
    for (let i = 0; i < count; i++) yield i;
  }
}
expose(Bench, { echo: true, bytes: true, items: true });

/** Either end may be Python's: the object and its members have the same names there. */
const bunsen: NodeContender = {
  async serve() {
    const daemon = new Daemon();
    daemon.register("bench", new Bench());
    const { url } = await daemon.listen("pyro://127.0.0.1:0");
    return Number(new URL(url).port);
  },

  loads(port, serializer) {
    const options = serializer === undefined ? {} : { serializer: serializer as SerializerName };
    return callLoads(async () => {
      const proxy = await connect<Bench>(`PYRO:bench@127.0.0.1:${port}`, options);
      return {
        echo: (text) => proxy.echo(text),
        bytes: (data) => proxy.bytes(data),
        items: (count) => proxy.items(count),
        close: () => proxy[Symbol.asyncDispose](),
      };
    });
  },
};

export default bunsen;
