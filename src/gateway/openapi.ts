import type {
  Description,
  MemberDescription,
  ParameterDescription,
} from "../objects/description.ts";
import { signatureOf } from "../objects/description.ts";

/** What the document says beside the objects. */
export interface DocumentFacts {
  /** Where the gateway is, such as `http://localhost:8080`. */
  readonly server: string;
  /** Whether callers must show a key. */
  readonly key: boolean;
}

type Json = { readonly [name: string]: unknown };

/** The OpenAPI 3.1 document of objects by name: a path a member, with its parameters and documentation. */
export function openApiDocument(
  objects: ReadonlyMap<string, Description>,
  { server, key }: DocumentFacts,
): Json {
  const paths: Record<string, Json> = {};
  const tags: Json[] = [];
  for (const [name, description] of objects) {
    tags.push({ name, description: description.doc ?? description.className ?? "" });
    for (const member of description.members.values()) {
      paths[`/pyro/${segments(name)}/${encodeURIComponent(member.name)}`] =
        member.kind === "method" ? methodPath(name, member) : attributePath(name, member);
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Bunsen gateway",
      version: "1",
      description:
        "Remote objects by HTTP. Keyword arguments in the query are texts; a POST with JSON has values of any kind.",
    },
    servers: [{ url: server }],
    tags,
    paths,
    components: {
      schemas: { Exception: EXCEPTION },
      responses: {
        Exception: { description: "What the object threw", content: jsonOf(REFERENCE) },
        Refused: {
          description: "Not exposed, or no key that is known",
          content: { "text/plain": { schema: { type: "string" } } },
        },
      },
      parameters: { Options: OPTIONS, CorrelationId: CORRELATION_ID },
      ...(key && { securitySchemes: { key: KEY } }),
    },
    ...(key && { security: [{ key: [] }] }),
  };
}

const REFERENCE: Json = { $ref: "#/components/schemas/Exception" };

const KEY: Json = { type: "apiKey", in: "header", name: "X-Pyro-Gateway-Key" };

const EXCEPTION: Json = {
  type: "object",
  required: ["__class__", "__exception__", "args"],
  properties: {
    __class__: { type: "string", examples: ["builtins.ValueError"] },
    __exception__: { const: true },
    args: { type: "array" },
    attributes: {
      type: "object",
      properties: { _pyroTraceback: { type: "array", items: { type: "string" } } },
    },
  },
};

const OPTIONS: Json = {
  name: "X-Pyro-Options",
  in: "header",
  description: "`oneway`: nobody waits for the result",
  schema: { type: "string" },
};

const CORRELATION_ID: Json = {
  name: "X-Pyro-Correlation-Id",
  in: "header",
  description: "Follows the call through processes",
  schema: { type: "string", format: "uuid" },
};

const COMMON_PARAMETERS: readonly Json[] = [
  { $ref: "#/components/parameters/Options" },
  { $ref: "#/components/parameters/CorrelationId" },
];

function methodPath(object: string, member: MemberDescription): Json {
  const { parameters } = member;
  const positional = parameters?.filter(({ kind }) => kind === "positional");
  const query = (positional ?? []).map((parameter) => ({
    name: parameter.name,
    in: "query",
    schema: schemaOf(parameter),
  }));
  return {
    get: {
      ...operation(object, member, "get"),
      parameters: [...query, ...COMMON_PARAMETERS],
    },
    post: {
      ...operation(object, member, "post"),
      parameters: [...COMMON_PARAMETERS],
      requestBody: { content: { ...jsonOf(callSchema(parameters)), ...RAW_BYTES } },
    },
  };
}

function callSchema(parameters: readonly ParameterDescription[] | undefined): Json {
  const isOpen = parameters === undefined || parameters.some(({ kind }) => kind !== "positional");
  const named = (parameters ?? []).filter(({ kind }) => kind === "positional");
  return {
    type: "object",
    properties: {
      args: { type: "array", ...(!isOpen && { maxItems: named.length }) },
      kwargs: {
        type: "object",
        properties: Object.fromEntries(named.map((one) => [one.name, schemaOf(one)])),
        ...(!isOpen && { additionalProperties: false }),
      },
    },
    additionalProperties: false,
  };
}

function attributePath(object: string, member: MemberDescription): Json {
  const get = {
    ...operation(object, member, "get"),
    parameters: [COMMON_PARAMETERS[1]],
  };
  if (member.readonly) return { get };
  const schema = {
    type: "object",
    required: ["value"],
    properties: { value: {} },
    additionalProperties: false,
  };
  return {
    get,
    post: {
      ...operation(object, member, "post"),
      parameters: [...COMMON_PARAMETERS],
      requestBody: { required: true, content: jsonOf(schema) },
    },
  };
}

function operation(object: string, member: MemberDescription, verb: "get" | "post"): Json {
  const [summary] = (member.doc ?? "").split("\n", 1);
  return {
    operationId: `${verb} ${object}.${member.name}`,
    tags: [object],
    summary: summary || signatureOf(member),
    description: [`\`${signatureOf(member)}\``, ...(member.doc ? [member.doc] : [])].join("\n\n"),
    responses: {
      200: { description: resultOf(member), content: contentOf(member) },
      403: { $ref: "#/components/responses/Refused" },
      500: { $ref: "#/components/responses/Exception" },
    },
  };
}

function resultOf({ kind, oneway, stream }: MemberDescription): string {
  if (kind === "attribute") return "The value; `null` after it was set";
  if (oneway) return "Nothing: nobody waits for the result";
  return stream ? "The items, one after the other" : "The result";
}

function contentOf({ stream }: MemberDescription): Json {
  return stream
    ? { "text/event-stream": { schema: {} }, "application/x-ndjson": { schema: {} } }
    : { ...jsonOf({}), ...RAW_BYTES };
}

const RAW_BYTES: Json = { "application/octet-stream": { schema: {} } };

function jsonOf(schema: Json): Json {
  return { "application/json": { schema } };
}

/** Types are not known; the default says something of one. */
function schemaOf({ default: text, defaultValue }: ParameterDescription): Json {
  if (defaultValue === undefined) return text === undefined ? {} : { description: `= ${text}` };
  if (defaultValue === null) return { default: null };
  if (typeof defaultValue === "bigint") return { type: "integer" };
  return { type: typeof defaultValue, default: defaultValue };
}

function segments(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
