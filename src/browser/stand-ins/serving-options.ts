/** A page has no daemon: what it lends is called as it is. */
export function defaultHost(): undefined {}
