/** Numbers that look like noise and are the same at every start: -1 to 1. */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // A linear congruential generator; the constants are those of Numerical Recipes.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x8000_0000 - 1;
  };
}
