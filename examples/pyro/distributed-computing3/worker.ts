// A worker that is found by what it can do. Needs a name server; start several. Run: node worker.ts
import { hostname } from "node:os";
import { Daemon, expose } from "#bunsen";

export class Worker {
  factorize(n: number): number[] {
    console.log("factorize request received for", n);
    const primes: number[] = [];
    for (let candidate = 2; candidate * candidate <= n; candidate++) {
      while (n % candidate === 0) {
        primes.push(candidate);
        n /= candidate;
      }
    }
    return n > 1 ? [...primes, n] : primes;
  }
}
expose(Worker, { factorize: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const { id, uri } = daemon.register(crypto.randomUUID(), new Worker());
// A name that no other worker has; what clients go by is the tag.
const name = `Worker_${process.pid}@${hostname()}`;
await daemon.announce(id, name, { metadata: ["example3.worker.factorizer"] });
console.log("Starting up worker", name, uri);
