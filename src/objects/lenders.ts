/** What has lent an object, and can take it back. */
export interface Lender {
  takeBack(target: object): void;
}

/** Who has lent what: so that `release(callback)` takes it back from wherever it is. */
const lenders = new WeakMap<object, Set<Lender>>();

export function addLender(target: object, lender: Lender): void {
  const known = lenders.get(target);
  if (known === undefined) lenders.set(target, new Set([lender]));
  else known.add(lender);
}

export function removeLender(target: object, lender: Lender): void {
  const known = lenders.get(target);
  known?.delete(lender);
  if (known?.size === 0) lenders.delete(target);
}

/** Takes `target` back from all who hold it. Returns whether anybody did. */
export function takeBack(target: object): boolean {
  const known = lenders.get(target);
  for (const lender of [...(known ?? [])]) lender.takeBack(target);
  return known !== undefined;
}
