// The serving process of a Node contender: `node --expose-gc bench/server.ts <contender>`.
// Says its port, then on each question how much memory it uses, in bytes.

import { setTimeout } from "node:timers/promises";
import type { NodeContender } from "./contender.ts";
import { answerQuestions, say } from "./lines.ts";

const [name] = process.argv.slice(2);
const { default: contender } = (await import(`./contenders/${name}.ts`)) as {
  default: NodeContender;
};
say({ value: await contender.serve() });
await answerQuestions(async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await setTimeout(50);
  }
  return process.memoryUsage.rss();
});
