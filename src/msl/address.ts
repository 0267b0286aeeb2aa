import { BunsenError } from "../errors.ts";
import { formatLocation, type Location, parseLocation } from "../net/location.ts";
import { MANAGER_PORT } from "./messages.ts";

/** What an `msl://` URL says. */
export interface MslAddress {
  /** Where the manager listens. */
  readonly location: Location & { readonly kind: "tcp" };
  /** The user to log in as. */
  readonly user: string | undefined;
  /** Undefined for the manager itself. */
  readonly service: string | undefined;
}

const EXPECTED = 'expected "msl://host", "msl://host:1875/Service" or "msl://user@host/Service"';

/**
 * Reads `msl://[user@]host[:port][/Service]`; the name of a service may have blanks, as `%20` or as they are.
 * @throws BunsenError `ERR_BAD_URI`.
 */
export function parseMslUrl(url: string): MslAddress {
  const match = /^msl:\/\/(?:([^@/]*)@)?([^/@]+)(?:\/(.*))?$/is.exec(url);
  if (match === null) throw badUrl(url, EXPECTED);
  const [, user, place = "", service] = match;
  if (user?.includes(":")) {
    throw badUrl(
      `msl://…@${place}`,
      "a URL with a password in it ends up in logs and histories; pass { user, password }",
    );
  }
  const location = parseLocation(place, { defaultPort: MANAGER_PORT });
  if (location.kind !== "tcp" || location.host === "") throw badUrl(url, EXPECTED);
  return {
    location,
    user: user ? decoded(user, url) : undefined,
    service: service ? decoded(service, url) : undefined,
  };
}

/** The URL that `parseMslUrl` reads, without the user. */
export function formatMslUrl(location: Location, service?: string): string {
  const place = `msl://${formatLocation(location)}`;
  return service === undefined ? place : `${place}/${encodeURI(service)}`;
}

function decoded(text: string, url: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw badUrl(url, "a % is not followed by two hexadecimal digits", { cause });
  }
}

function badUrl(url: string, hint: string, options: ErrorOptions = {}): BunsenError {
  return new BunsenError("ERR_BAD_URI", `invalid uri: ${JSON.stringify(url)}; ${hint}`, options);
}
