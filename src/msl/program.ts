import { release, type } from "node:os";

/** What peers are shown of this program. */
export const PROGRAM: Readonly<Record<"language" | "os", string>> = {
  language: `Node ${process.version.slice(1)} (Bunsen)`,
  os: `${type()} ${release()} ${process.arch}`,
};
