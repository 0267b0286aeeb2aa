// A process with a service and a client that pass a reply of 100 MB, at the manager of the port given.

import { answerQuestions } from "../lines.ts";
import { Peer, request, textOf } from "./peer.ts";

const REPLY_BYTES = 100_000_000;

const port = Number(process.argv[2]);
const service = await Peer.service(port, "Bulk");
const client = await Peer.client(port, "Collector");
const result = Buffer.alloc(REPLY_BYTES, "thermostat 7 reads 20.25 degrees ");

service.receive = (line) => {
  const [requester, uid] = [textOf(line, "requester"), textOf(line, "uid")];
  service.send(`{"error": false, "requester": "${requester}", "result": "`);
  service.send(result);
  service.send(`", "uid": "${uid}"}\r\n`);
};

/** Milliseconds from the request to the last byte of the reply. */
await answerQuestions(async () => {
  const sent = performance.now();
  const line = await new Promise<Buffer>((resolve) => {
    client.receive = resolve;
    client.send(request("Bulk", "read", "1"));
  });
  if (line.length < REPLY_BYTES) throw new Error(`a reply of ${line.length} bytes came`);
  return performance.now() - sent;
});
