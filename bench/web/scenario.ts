/** Connections to a gateway at once. */
export const CONNECTIONS = [1, 64] as const;

/** What a gateway is measured at, by HTTP. */
export type GatewayScenario = `http ${(typeof CONNECTIONS)[number]}`;
