import { BunsenError, CommunicationError, SecurityError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type Dial, dial } from "../net/socket.ts";
import { DEFAULT_CONNECT_TIMEOUT_MS, type MslWay } from "./access.ts";
import type { MslAddress } from "./address.ts";
import {
  type AnswerQuestion,
  type ConnectionEvents,
  type Identity,
  ManagerConnection,
} from "./connection.ts";
import { DEFAULT_MAX_MESSAGE_BYTES } from "./decoder.ts";
import { isManagerName } from "./messages.ts";
import { trustOf } from "./trust.ts";

/**
 * Connects to a manager and says who we are.
 * @throws CommunicationError `ERR_CONNECT`; SecurityError `ERR_CERT_CHANGED`, `ERR_CERT_NAME`, `ERR_CERT_UNKNOWN`,
 *   `ERR_TLS`, `ERR_LOGIN`; TimeoutError.
 */
export async function dialManager(
  address: MslAddress,
  identity: Identity,
  way: MslWay,
  events: ConnectionEvents,
  logger: Logger,
  signal?: AbortSignal,
): Promise<ManagerConnection> {
  const { host } = address.location;
  const timeoutMs = way.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const tls = way.tls === false ? undefined : trustOf(host, way, logger);
  const open: Dial = way.dial ?? dial;
  const stream = await open(address.location, { timeoutMs, tls, signal }).catch(
    (error: unknown) => {
      throw withTlsAdvice(error, host);
    },
  );
  const connection = ManagerConnection.greet(
    stream,
    {
      identity,
      answer: answers(address, way),
      timeoutMs,
      maxMessageBytes: way.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    },
    events,
  );
  const cancel = () => stream.destroy();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await connection;
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

/** A manager without TLS is the usual cause of a handshake that fails. */
function withTlsAdvice(error: unknown, host: string): unknown {
  const cause = error instanceof SecurityError ? error.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  if (error instanceof CommunicationError || !/^(ERR_SSL|EPROTO)/.test(code)) return error;
  return new SecurityError(
    "ERR_TLS",
    `${host}: TLS failed (${code}); if the manager runs with TLS disabled, pass { tls: false } (of the command line --no-tls, or --disable-tls)`,
    { cause: error },
  );
}

/** Which secret a question is for shows in the name that it comes with. */
function answers(address: MslAddress, way: MslWay): AnswerQuestion {
  const { user = address.user, password, managerPassword } = way;
  return ({ attribute, args }) => {
    if (attribute === "username") return given("user", user, "the name of a user");
    return isManagerName(String(args[0]))
      ? given("managerPassword", managerPassword, "its password")
      : given("password", password, `the password of ${JSON.stringify(user ?? String(args[0]))}`);
  };
}

function given(option: string, value: string | undefined, what: string): string {
  if (value) return value;
  throw new BunsenError("ERR_LOGIN", `the manager asks for ${what}; pass { ${option} }`);
}
