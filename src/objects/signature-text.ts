/** Cuts at separators that are in no bracket and no text. */
export function splitTopLevel(text: string, separator = ","): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote: string | undefined;
  let part = "";
  const chars = [...text];
  for (const [index, char] of chars.entries()) {
    if (quote !== undefined) {
      if (char === quote && chars[index - 1] !== "\\") quote = undefined;
    } else if (char === '"' || char === "'") quote = char;
    else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char)) depth -= 1;
    if (char === separator && depth === 0 && quote === undefined) {
      parts.push(part.trim());
      part = "";
    } else part += char;
  }
  if (part.trim() !== "") parts.push(part.trim());
  return parts;
}
