/** As in `net/tls.ts`; all else of TLS is the browser's own. */
export const CLIENT_CERTIFICATE = "client certificate";

export function isCertificateAlert(): boolean {
  return false;
}
