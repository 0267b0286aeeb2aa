/** V8 keeps the whole text alive for a slice of this length or more … */
const SLICE_LENGTH = 13;
/** … which is a waste from this size of a document on, if one name of it is kept for long. */
const LARGE_DOCUMENT = 65_536;

/** `text.slice(start, end)`, copied where it would keep a large document alive. */
export function sliceOf(text: string, start: number, end: number): string {
  const slice = text.slice(start, end);
  if (text.length < LARGE_DOCUMENT || slice.length < SLICE_LENGTH) return slice;
  // Documents are valid UTF-8, so no surrogate is lost on the way.
  return Buffer.from(slice).toString();
}
