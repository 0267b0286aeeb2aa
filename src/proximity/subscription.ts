import { BunsenError } from "../errors.ts";
import { withDefaults } from "../options.ts";
import { type ClassRegistry, classes } from "../values/classes.ts";
import { parseProximityUri } from "./address.ts";
import { decodePayload, type Encoding } from "./payload.ts";
import { isIpv6, zeroMq } from "./zeromq.ts";

/** What was published at a broker. */
export interface Published {
  /** `SAMPLE:WORKER:name`, `ALERT:WORKER:name`, `LOG:WORKER`, `Broker:NewWorker`, `Broker:ExpiredWorker`. */
  readonly key: string;
  readonly value: unknown;
}

/** What is subscribed to. */
export interface SubscribeOptions {
  /** How keys begin. Default: all. */
  readonly keys?: readonly string[];
  /** What workers write; the broker itself writes JSON. Default `"json"`. */
  readonly encoding?: Encoding;
  /** Largest publication, in bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  readonly classes?: ClassRegistry;
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
}

const DEFAULTS = {
  keys: [""] as readonly string[],
  encoding: "json" as Encoding,
  maxMessageBytes: 64 * 1024 * 1024,
  classes,
};

/**
 * What a broker publishes, at its port for that: `for await (const { key, value } of subscribe("proximity://host:5558"))`.
 * A broker that is not there yet is waited for; what is published meanwhile is lost, as is what a reader is too slow for.
 * @throws SerializeError for what is not in that encoding; BunsenError `ERR_BAD_URI`.
 */
export async function* subscribe(
  url: string,
  options: SubscribeOptions = {},
): AsyncGenerator<Published, void, undefined> {
  const { keys, encoding, maxMessageBytes, ...settled } = withDefaults(DEFAULTS, options);
  const { endpoint, name } = parseProximityUri(url);
  if (name !== "") {
    throw new BunsenError(
      "ERR_BAD_URI",
      `Expected no name behind the port to subscribe at, got ${url}`,
    );
  }
  const { Subscriber } = await zeroMq();
  const { signal } = options;
  if (signal?.aborted) return;
  const socket = new Subscriber({
    linger: 0,
    maxMessageSize: maxMessageBytes,
    ipv6: isIpv6(endpoint),
  });
  const end = () => socket.close();
  signal?.addEventListener("abort", end);
  try {
    socket.connect(endpoint);
    socket.subscribe(...keys);
    for await (const [key, payload] of socket) {
      if (!key || !payload) continue;
      const text = key.toString();
      const form = { encoding: text.startsWith("Broker:") ? ("json" as const) : encoding };
      yield { key: text, value: decodePayload(payload, { ...form, classes: settled.classes }) };
    }
  } finally {
    signal?.removeEventListener("abort", end);
    socket.close();
  }
}
