import { isProxy, uriOf } from "../../objects/proxy.ts";

/** The name at the gateway of an object that was handed out; undefined for what has none. */
export function nameAtGateway(object: object): string | undefined {
  if (!isProxy(object)) return undefined;
  const uri = uriOf(object);
  const path = /^wss?:\/\//.test(uri) && URL.canParse(uri) ? new URL(uri).pathname : "";
  const name = decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  return name === "" ? undefined : name;
}

/** What stands for an object among values; undefined for a value. */
export function nameOfObject(value: object): string | undefined {
  if (typeof value === "function") return "<a function of the object>";
  if (!isProxy(value)) return undefined;
  return `<object ${nameAtGateway(value) ?? uriOf(value)}>`;
}
