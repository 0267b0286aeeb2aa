/** What the page shows. */
export interface PageFacts {
  /** Undefined where a key must be shown first. */
  readonly names: readonly string[] | undefined;
  /** Why the name server could not be asked. */
  readonly problem: string | undefined;
}

/** Headers of the page: it holds no script, and loads nothing. */
export const PAGE_POLICY: readonly string[] = [
  "Content-Security-Policy",
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "X-Content-Type-Options",
  "nosniff",
  "Referrer-Policy",
  "no-referrer",
  "Cache-Control",
  "no-store",
];

/** A plain page: what this is, and what can be called. */
export function homePage({ names, problem }: PageFacts): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bunsen gateway</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 48rem; padding: 0 1rem }
code { font-family: ui-monospace, monospace }
</style>
</head>
<body>
<main>
<h1>Bunsen gateway</h1>
<p>Remote objects, called by HTTP: <code>GET /pyro/OBJECT/METHOD?name=value</code> calls a method,
<code>GET /pyro/OBJECT/ATTRIBUTE</code> reads an attribute, <code>GET /pyro/OBJECT/$meta</code> lists both.
<a href="/openapi.json">openapi.json</a> describes all of it.</p>
<h2>Objects</h2>
${problem === undefined ? "" : `<p role="alert">The name server cannot be asked: ${escaped(problem)}</p>\n`}${list(names)}
</main>
</body>
</html>
`;
}

function list(names: readonly string[] | undefined): string {
  if (names === undefined) return "<p>They are shown to those who have a key.</p>";
  if (names.length === 0) return "<p>There are none.</p>";
  const items = names.map((name) => {
    const path = name.split("/").map(encodeURIComponent).join("/");
    return `<li><a href="/pyro/${path}/$meta"><code>${escaped(name)}</code></a></li>`;
  });
  return `<ul>\n${items.join("\n")}\n</ul>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
