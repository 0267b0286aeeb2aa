import { ProtocolError } from "../errors.ts";
import { messageOf, sendValue } from "./answers.ts";
import { type Body, readPageBody } from "./body.ts";
import { UnknownMember } from "./calls.ts";
import type { Manner } from "./requests.ts";

/** How pages of pyro_support's flaskify ask, and are answered: always with 200, and in the words of the original. */
export const FLASKIFY: Manner = {
  body: ({ query }) => readFlaskify(query),
  value: ({ response, member }, value, teller, correlationId) => {
    const status = `method ${member}._pyroExposed: True`;
    sendValue(response, { data: { result: value, status } }, teller, correlationId);
  },
  error: ({ response, member }, error, teller) => {
    const data = { result: null, status: statusOf(member, error) };
    sendValue(response, { data }, teller, crypto.randomUUID());
  },
};

/**
 * Reads the query of `GET /METHOD?{"args": [2], "kwargs": {}}`: the JSON is the name of its first parameter.
 * @throws ProtocolError `ERR_BAD_REQUEST`.
 */
function readFlaskify(query: string): Body {
  const [text = ""] = new URLSearchParams(query).keys();
  const body = readPageBody(parsed(text));
  if (body) return body;
  throw new ProtocolError(
    "ERR_BAD_REQUEST",
    `Expected a query such as {"args": [2], "kwargs": {}}, percent-encoded`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statusOf(member: string, error: Error): string {
  if (error instanceof UnknownMember) return `method ${member} is not an server method`;
  return `method ${member}._pyroExposed: True\n${messageOf(error)}`;
}
