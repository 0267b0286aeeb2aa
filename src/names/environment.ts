import { BunsenError } from "../errors.ts";

/** What the environment says of the name server, as an installation of Pyro sets it. */
export interface NameServerEnvironment {
  readonly host?: string;
  readonly port?: number;
  readonly broadcastPort?: number;
}

/**
 * Reads `BUNSEN_NS_HOST`, `BUNSEN_NS_PORT` and `BUNSEN_NS_BCPORT`, or else Pyro's own `PYRO_…`.
 * @throws BunsenError `ERR_ENVIRONMENT` for a port that is none.
 */
export function nameServerEnvironment(env: NodeJS.ProcessEnv = process.env): NameServerEnvironment {
  const host = variable(env, "NS_HOST")?.text;
  const port = portOf(variable(env, "NS_PORT"));
  const broadcastPort = portOf(variable(env, "NS_BCPORT"));
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(broadcastPort !== undefined && { broadcastPort }),
  };
}

interface Variable {
  readonly name: string;
  readonly text: string;
}

function variable(env: NodeJS.ProcessEnv, item: string): Variable | undefined {
  for (const name of [`BUNSEN_${item}`, `PYRO_${item}`]) {
    const text = env[name];
    if (text) return { name, text };
  }
  return undefined;
}

function portOf(found: Variable | undefined): number | undefined {
  if (found === undefined) return undefined;
  const port = Number(found.text);
  if (found.text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535)
    return port;
  throw new BunsenError(
    "ERR_ENVIRONMENT",
    `The environment has ${found.name}=${JSON.stringify(found.text)}, expected a port from 0 to 65535; correct it, or unset it`,
  );
}
