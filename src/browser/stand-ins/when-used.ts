/** In place of `when-used.ts`: nothing that a page uses needs such a package. */
export function whenUsed<Package>(name: string): () => Package {
  return () => {
    throw new TypeError(`${name} is not there in a browser`);
  };
}
