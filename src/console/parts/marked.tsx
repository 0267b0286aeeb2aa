import { markedPieces } from "../lab/view.ts";

interface MarkedProps {
  readonly text: string;
  readonly words: readonly string[];
}

/** A text, in which what was searched for is marked. */
export function Marked({ text, words }: MarkedProps) {
  const pieces = markedPieces(text, words);
  return <>{pieces.map((piece, at) => (at % 2 ? <mark key={at}>{piece}</mark> : piece))}</>;
}
