import { CommunicationError } from "../../errors.ts";
import { formatLocation, type Location } from "../../net/location.ts";

/** Browsers open WebSockets, and nothing else. */
export function dial(location: Location): Promise<never> {
  const text = `a browser cannot connect to ${formatLocation(location)}: let the gateway serve the object, too, and pass it from there`;
  return Promise.reject(new CommunicationError("ERR_CONNECT", text, { retry: "never" }));
}
