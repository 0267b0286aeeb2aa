import type { Channel } from "../objects/channel.ts";

const FIRST_MS = 250;
const MOST_MS = 15_000;

/** Connects a channel again whenever its connection was lost, until it is closed on this side. */
export function keepOpen(channel: Channel): void {
  let delay = FIRST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  channel.state.subscribe(({ name }) => {
    if (name === "connected") delay = FIRST_MS;
    if (name === "lost") {
      clearTimeout(timer);
      // Not all pages at the same time, after a gateway was restarted.
      timer = setTimeout(again, delay * (0.75 + Math.random() / 2));
      delay = Math.min(delay * 2, MOST_MS);
    } else if (name === "idle" || name === "closed") clearTimeout(timer);
  });
  const again = () => {
    // A failure shows as the state `lost`, and so leads back here.
    channel.open().catch(() => {});
  };
}
