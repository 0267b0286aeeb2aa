import { useEffect, useState } from "preact/hooks";

/** The time that plots are drawn up to: anew ten times a second, or once where motion is not wanted. */
export function useDrawingTime(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const periodMs = () => (still.matches ? 1_000 : 100);
    let timer = setInterval(draw, periodMs());
    const again = () => {
      clearInterval(timer);
      timer = setInterval(draw, periodMs());
    };
    still.addEventListener("change", again);
    return () => {
      clearInterval(timer);
      still.removeEventListener("change", again);
    };
    function draw() {
      if (!document.hidden) setNow(Date.now());
    }
  }, []);
  return now;
}
