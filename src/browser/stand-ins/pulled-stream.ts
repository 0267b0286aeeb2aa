/** Streams that are pulled are Python's: a gateway pushes. */
export class PulledStream {}
