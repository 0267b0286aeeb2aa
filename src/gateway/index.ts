/** HTTP, and WebSocket, in front of objects of every dialect: what users import from "bunsen/gateway". */
export type { GatewayManager } from "./managed-objects.ts";
export { type DocumentFacts, openApiDocument } from "./openapi.ts";
export type { GatewayKey, GatewayOptions, SocketIoOptions } from "./options.ts";
