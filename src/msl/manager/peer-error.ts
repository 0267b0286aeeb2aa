import { textRepr } from "../../serializers/serpent-text.ts";

/** Why a peer's request fails, as Python's manager words it: scripts match these texts. */
export class PeerError extends Error {
  /** A Python exception, such as `PermissionError`. */
  readonly type: string;

  constructor(type: string, text: string) {
    // The text of a KeyError is that of its key.
    super(`${type}: ${type === "KeyError" ? textRepr(text) : text}`);
    this.type = type;
  }
}
