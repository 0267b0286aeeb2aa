import { exceptionFromWire, exceptionToWire } from "../values/exceptions.ts";
import type { ErrorMessage } from "./messages.ts";

/** `Type: text`, as Python's exceptions are told on this wire. The text may have several lines. */
const TYPE_AND_TEXT = /^([A-Za-z_][\w.]*)(?:: (.*))?$/s;

/** The error that a peer told of, as the same one arrives by Pyro: a `RemoteValueError` for a ValueError. */
export function errorFromMessage({ message, traceback }: ErrorMessage): Error {
  const [, type = "RuntimeError", text = ""] = TYPE_AND_TEXT.exec(message) ?? [
    "",
    undefined,
    message,
  ];
  const error = exceptionFromWire({
    __class__: type.includes(".") ? type : `builtins.${type}`,
    __exception__: true,
    args: text === "" ? [] : [type === "KeyError" ? unquoted(text) : text],
    attributes: { _pyroTraceback: traceback.map((line) => `${line}\n`) },
  });
  return error as Error;
}

/** What is told of an error that was thrown by served code. */
export function errorToMessage(error: Error): { message: string; traceback: string[] } {
  const wire = exceptionToWire(error, { errorsModule: "Pyro5.errors", bunsen: false });
  const type = wire.__class__.replace(/^.*\./, "");
  const args = wire["args"] as readonly unknown[];
  const { _pyroTraceback: lines } = wire["attributes"] as { _pyroTraceback: string[] };
  // Half a surrogate pair, which cannot be sent, must not cost the answer.
  const text = args.map(String).join(", ").toWellFormed();
  return {
    // The text of a KeyError is Python's notation of its key.
    message: type === "KeyError" ? `${type}: ${quoted(text)}` : text ? `${type}: ${text}` : type,
    traceback: lines.map((line) => line.replace(/\n$/, "").toWellFormed()),
  };
}

function quoted(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\");
  return escaped.includes("'") && !escaped.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`;
}

function unquoted(text: string): string {
  const inside = /^(['"])(.*)\1$/s.exec(text)?.[2];
  return inside === undefined ? text : inside.replaceAll(/\\(['"\\])/g, "$1");
}
