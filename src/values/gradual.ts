/** Records of which their maker says that they will not change. */
const gradual = new WeakSet<object>();

/**
 * Says that nobody will change a record any more, whose values hold no others than text, numbers, lists and sets. Where it
 * is large, it is then written for a peer a bit at a time, between which others are served.
 * @returns `record`.
 */
export function gradually<T extends object>(record: T): T {
  gradual.add(record);
  return record;
}

export function isGradual(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && gradual.has(value);
}
