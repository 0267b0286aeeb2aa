import { connect } from "../../src/browser/index.ts";
import type { NodeContender } from "../contender.ts";
import type { Bench } from "./bunsen.ts";
import { byGateway } from "./bunsen-websocket.ts";

/** The client of browsers, with the WebSocket that Node has. */
const contender: NodeContender = byGateway((uri) => connect<Bench>(uri));

export default contender;
