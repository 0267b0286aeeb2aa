/** How many colours of lines the style sheet has. */
export const COLOURS = 8;

/** What a line is told by beside its colour: no dash, dashes, dots. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3]];
