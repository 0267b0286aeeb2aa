import type { LabNode } from "../../gateway/lab/nodes.ts";
import type { LabTree } from "./tree.ts";

/** A node that is shown, with what is shown below it. */
export interface Shown {
  readonly node: LabNode;
  readonly children: readonly Shown[];
  /** Objects below it, at any depth, that are shown. */
  readonly objects: number;
}

/** The tree as it is shown. */
export interface View {
  readonly top: readonly Shown[];
  /** Objects that are shown. */
  readonly objects: number;
}

/** How many objects there are, and how many of them are known not to answer. */
export interface Counts {
  readonly objects: number;
  readonly silent: number;
}

/**
 * What a search finds, and what that belongs to: all words must be in what is known of a node, wherever and in whatever
 * case. An empty search finds everything.
 */
export function viewOf({ children }: LabTree, query: string): View {
  const words = wordsOf(query);
  const shown = (parent: string | null): Shown[] =>
    (children.get(parent) ?? []).flatMap((node) => {
      const below = shown(node.id);
      if (below.length === 0 && !matches(node, words)) return [];
      const objects = below.reduce((sum, child) => sum + child.objects, 0);
      return [{ node, children: below, objects: node.kind === "object" ? 1 : objects }];
    });
  const top = shown(null);
  return { top, objects: top.reduce((sum, { objects }) => sum + objects, 0) };
}

export function countsOf({ nodes }: LabTree): Counts {
  let objects = 0;
  let silent = 0;
  for (const { kind, reach } of nodes.values()) {
    if (kind !== "object") continue;
    objects += 1;
    if (reach.name === "silent") silent += 1;
  }
  return { objects, silent };
}

/** The words that a search consists of, in lower case. */
export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/** A text in pieces, of which every second one is what was searched for. */
export function markedPieces(text: string, words: readonly string[]): string[] {
  if (words.length === 0) return [text];
  // The longest first: of `a` and `ab`, `ab` is marked whole.
  const longest = words.toSorted((a, b) => b.length - a.length).map(escaped);
  return text.split(new RegExp(`(${longest.join("|")})`, "i"));
}

const escaped = (word: string) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

const texts = new WeakMap<LabNode, string>();

function matches(node: LabNode, words: readonly string[]): boolean {
  const text = texts.get(node) ?? textOf(node);
  texts.set(node, text);
  return words.every((word) => text.includes(word));
}

function textOf({ name, dialect, address, metadata, reach }: LabNode): string {
  return [name, dialect, address, reach.name, ...metadata].join("\n").toLowerCase();
}
