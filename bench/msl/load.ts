// A process with a service and its clients, at the manager of the port given.

import { answerQuestions } from "../lines.ts";
import { Peer, request, textOf } from "./peer.ts";

const port = Number(process.argv[2]);

const echo = await Peer.service(port, "Echo");
echo.receive = (line) => {
  const [requester, uid] = [textOf(line, "requester"), textOf(line, "uid")];
  echo.send(`{"error": false, "requester": "${requester}", "result": 42, "uid": "${uid}"}\r\n`);
};

/** Clients that each make one request after the other; how many are answered in a second. */
async function requests(clients: number, ms: number): Promise<number> {
  const peers = await Promise.all(
    Array.from({ length: clients }, (_, i) => Peer.client(port, `Client ${i}`)),
  );
  let answered = 0;
  const start = performance.now();
  for (const [i, peer] of peers.entries()) {
    let turn = 0;
    peer.receive = () => {
      answered++;
      peer.send(request("Echo", "echo", `${i}-${turn++}`));
    };
    peer.send(request("Echo", "echo", `${i}-first`));
  }
  await new Promise((resolve) => setTimeout(resolve, ms));
  const seconds = (performance.now() - start) / 1000;
  const rate = answered / seconds;
  for (const peer of peers) peer.close();
  return rate;
}

/** The longest time in milliseconds that a client waits which makes one small request after the other. */
async function delay(ms: number): Promise<number> {
  const peer = await Peer.client(port, "Bystander");
  const start = performance.now();
  let longest = 0;
  for (let turn = 0; performance.now() - start < ms; turn++) {
    const sent = performance.now();
    await new Promise<Buffer>((resolve) => {
      peer.receive = resolve;
      peer.send(request("Echo", "echo", `${turn}`));
    });
    longest = Math.max(longest, performance.now() - sent);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  peer.close();
  return longest;
}

await answerQuestions(({ scenario, ms }) =>
  scenario === "delay" ? delay(ms) : requests(Number(scenario), ms),
);
