// What `node:http` allows: a server that answers every request with the same text.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { TEXT } from "../contender.ts";
import { say } from "../lines.ts";

const body = JSON.stringify(TEXT);
const head = ["Content-Type", "application/json", "Content-Length", `${Buffer.byteLength(body)}`];
const server = createServer((_request, response) => response.writeHead(200, head).end(body));
server.listen(0, "127.0.0.1", () => say({ value: (server.address() as AddressInfo).port }));
