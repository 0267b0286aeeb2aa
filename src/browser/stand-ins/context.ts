/** A page serves no calls but those of its callbacks, which say nothing of themselves. */
export function currentContext(): undefined {}
