/** The object by which a gateway tells of its lab. It is the gateway's own, and in no registry. */
export const LAB_ID = "bunsen.lab";

/** One thing of the lab. Times are milliseconds since 1970, on the gateway's clock. */
export interface LabNode {
  /** Stays the same as long as the thing is there. */
  readonly id: string;
  /** What it belongs to; null for what stands at the top. */
  readonly parent: string | null;
  readonly kind: "gateway" | "nameserver" | "manager" | "daemon" | "object";
  /** Of an object, what it is called by at this gateway; of all else, what people call it. */
  readonly name: string;
  /** What it speaks; null where nobody has asked it yet. */
  readonly dialect: Dialect | null;
  /** `host:port`, or `./u:path`; null of the gateway itself, and of what is called by no other way. */
  readonly address: string | null;
  /** Of an object, where it is called past this gateway; null where there is no such place, or none is known. */
  readonly uri: string | null;
  /** Tags that the name server has of it. */
  readonly metadata: readonly string[];
  readonly reach: Reach;
  /** Since when it is there, as far as anybody knows: it was started then, or the gateway saw it first. */
  readonly since: number;
  readonly sinceKind: "started" | "seen";
  /** How many more it has that cannot be called by this gateway. */
  readonly hidden: number;
}

export type Dialect = "Bunsen" | "Pyro5" | "Pyro4" | "MSL-Network" | "PyProximity";

/** Whether it answers, and since when. */
export type Reach =
  /** Nobody has asked it yet. */
  | { readonly name: "unknown" }
  | { readonly name: "answers"; readonly since: number }
  | {
      readonly name: "silent";
      readonly since: number;
      /** It had answered before. */
      readonly answered: boolean;
      readonly reason: string;
    };

/** What a watcher is told: first a snapshot, then changes, and now and then that nothing changed. */
export type LabEvent =
  | {
      readonly kind: "snapshot";
      readonly now: number;
      readonly nodes: readonly LabNode[];
      /** What callers write as this gateway's expose pattern now; empty for every name. */
      readonly expose: string | null;
    }
  | {
      readonly kind: "changes";
      readonly now: number;
      readonly put: readonly LabNode[];
      readonly gone: readonly string[];
    }
  | { readonly kind: "pulse"; readonly now: number };
