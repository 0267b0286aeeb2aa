import type { ApiName, ExportKind } from "./api-source.ts";

const SECTIONS: readonly (readonly [ExportKind, string])[] = [
  ["function", "Functions"],
  ["class", "Classes"],
  ["constant", "Constants"],
  ["interface", "Interfaces"],
  ["type", "Types"],
];

/** The reference page of one subpath. */
export function apiPage(specifier: string, names: readonly ApiName[]): string {
  const sorted = names.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const groups = SECTIONS.map(([kind, title]) => ({
    title,
    members: sorted.filter((name) => name.exported && name.kind === kind),
  })).filter(({ members }) => members.length > 0);
  const mentioned = sorted.filter((name) => !name.exported);
  return `${[
    `# ${specifier}`,
    "<!-- Made by `npm run docs` from the doc comments of the sources: correct it there. -->",
    contents(groups),
    ...groups.flatMap(({ title, members }) => [`## ${title}`, ...members.flatMap(entry)]),
    ...(mentioned.length > 0 ? ["## Mentioned", MENTIONED, ...mentioned.flatMap(entry)] : []),
  ].join("\n\n")}\n`;
}

const MENTIONED = "Types that appear above and that cannot be imported by name.";

interface Group {
  readonly title: string;
  readonly members: readonly ApiName[];
}

function contents(groups: readonly Group[]): string {
  // Headings that differ in case only get a number behind their anchor, as the readers of Markdown have it.
  const seen = new Map<string, number>();
  const anchor = (heading: string) => {
    const text = heading.toLowerCase();
    const before = seen.get(text) ?? 0;
    seen.set(text, before + 1);
    return before === 0 ? text : `${text}-${before}`;
  };
  return groups
    .map(({ title, members }) => {
      anchor(title);
      const links = members.map(({ name }) => `[${name}](#${anchor(name)})`);
      return `- ${title}: ${links.join(", ")}`;
    })
    .join("\n");
}

function entry({ name, documentation, tags, declaration }: ApiName): string[] {
  return [
    `### ${name}`,
    ...(documentation ? [prose(documentation)] : []),
    `\`\`\`ts\n${declaration}\n\`\`\``,
    ...(tags.length > 0
      ? [tags.map(({ name, text = "" }) => `- **${name}** ${prose(text)}`).join("\n")]
      : []),
  ];
}

const prose = (text: string): string =>
  text
    .replace(/\{@link ([^}]*)\}/g, "`$1`")
    .replaceAll("\r", "")
    .trim();
