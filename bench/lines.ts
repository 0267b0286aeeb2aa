import { createInterface } from "node:readline";

/** What the runner asks a server or client process, one JSON line each. */
export interface Question {
  readonly scenario: string;
  readonly ms: number;
}

/** What it answers. A server says the port it listens on first. */
export type Answer = { readonly value: number } | { readonly error: string };

/** Answers the questions on standard input in turn, and ends the process with the last of them. */
export async function answerQuestions(
  answer: (question: Question) => Promise<number>,
): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say({ value: await answer(JSON.parse(line) as Question) });
    } catch (error) {
      say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  process.exit(0);
}

export function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
