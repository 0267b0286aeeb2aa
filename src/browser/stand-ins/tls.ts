/** TLS is the browser's own. */
export function checkServerIdentity(): undefined {}
