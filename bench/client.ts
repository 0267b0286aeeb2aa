// The measuring process of a Node contender: `node bench/client.ts <contender> <port> [serializer]`.

import type { NodeContender, Scenario } from "./contender.ts";
import { answerQuestions } from "./lines.ts";

const [name, port, serializer] = process.argv.slice(2);
const { default: contender } = (await import(`./contenders/${name}.ts`)) as {
  default: NodeContender;
};
const loads = await contender.loads(Number(port), serializer);
await answerQuestions(async ({ scenario, ms }) => {
  const load = loads[scenario as Scenario];
  if (load === undefined) throw new Error(`"${name}" has no load "${scenario}"`);
  return load(ms);
});
