// A process that makes the same calls without a gateway: `direct.ts <port of the name server>`.

import { connect } from "../../src/index.ts";
import { TEXT } from "../contender.ts";
import type { Bench } from "../contenders/bunsen.ts";
import { answerQuestions } from "../lines.ts";
import { concurrently } from "../load.ts";

const proxy = await connect<Bench>(`PYRONAME:http.bench@127.0.0.1:${process.argv[2]}`);

await answerQuestions(({ scenario, ms }) =>
  concurrently(() => proxy.echo(TEXT), Number(scenario), ms),
);
