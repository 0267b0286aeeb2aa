import type { BatchResult, Channel, ConnectionState, Request } from "../../src/objects/channel.ts";
import type { Description, MemberDescription } from "../../src/objects/description.ts";
import { Observable } from "../../src/objects/observable.ts";

type Answer = (request: Request) => unknown;

/** A channel to nowhere: answers from memory, and writes down what was asked. */
export class MemoryChannel implements Channel {
  readonly uri = "PYRO:thing@memory:1";
  readonly state: Observable<ConnectionState> = new Observable<ConnectionState>({ name: "idle" });
  description: Description | undefined;
  /** Each call, on its own or in a batch. */
  readonly requests: Request[] = [];
  readonly batches: { readonly oneway: boolean; readonly members: string[] }[] = [];
  closed = 0;
  readonly #answer: Answer;

  constructor(answer: Answer = () => undefined, description?: Description) {
    this.#answer = answer;
    this.description = description;
  }

  async open(): Promise<void> {}

  async call(request: Request): Promise<unknown> {
    this.requests.push(request);
    return await this.#answer(request);
  }

  async batch(requests: readonly Request[], oneway: boolean): Promise<BatchResult[]> {
    this.requests.push(...requests);
    this.batches.push({ oneway, members: requests.map((request) => request.member) });
    const results: BatchResult[] = [];
    for (const request of requests) {
      try {
        results.push({ value: await this.#answer(request) });
      } catch (error) {
        results.push({ error });
        break;
      }
    }
    return oneway ? [] : results;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/** What is told of an object with these methods and attributes. */
export function descriptionOf(methods: string[], attributes: string[]): Description {
  const member = (name: string, kind: MemberDescription["kind"]) =>
    [name, { name, kind, oneway: false, readonly: false, stream: false }] as const;
  return {
    members: new Map([
      ...methods.map((name) => member(name, "method")),
      ...attributes.map((name) => member(name, "attribute")),
    ]),
  };
}
