import type { Act, Snippet, Target } from "./act.ts";
import { pythonSnippet } from "./python.ts";
import { bunsenSnippet, curlSnippet } from "./shell.ts";
import { typescriptSnippet } from "./typescript.ts";

export type { Act, Origin, Snippet, Target } from "./act.ts";

/** One language and the text in it. */
export interface LabelledSnippet {
  readonly label: string;
  readonly snippet: Snippet;
}

/** The same act in every language that there is to copy. */
export function snippetsOf(act: Act, target: Target): readonly LabelledSnippet[] {
  return [
    { label: "Python", snippet: pythonSnippet(act, target) },
    { label: "TypeScript", snippet: typescriptSnippet(act, target) },
    { label: "Shell", snippet: bunsenSnippet(act, target) },
    { label: "curl", snippet: curlSnippet(act, target) },
  ];
}
