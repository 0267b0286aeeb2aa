import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BunsenError, type CommunicationError, TimeoutError } from "../errors.ts";
import { formatLocation, type Location } from "../net/location.ts";
import {
  commandArguments,
  forwardTarget,
  type KeepOptions,
  masterArguments,
  requestArguments,
} from "./arguments.ts";
import { Askpass } from "./askpass.ts";
import { forwardFailure, IN_BACKGROUND, linkFailure, loginFailure } from "./failures.ts";
import { nameOfHost, type SshHost } from "./host.ts";
import { type Ended, GuardedProcess, runToEnd } from "./process.ts";

/** Where a master is made, and behind which other one. */
export interface MasterPlace {
  /** A folder that only this user can enter. Its path is short: sockets in it have at most about 100 octets. */
  readonly folder: string;
  /** A file name, unique in the folder. */
  readonly name: string;
  /** The connection to the hop before this one. It has no other use, and ends with this one. */
  readonly gateway?: Master | undefined;
}

/** One connection of OpenSSH to one host, which all forwards share. Once it is gone it stays so. */
export class Master {
  readonly host: SshHost;
  /** Path of its control socket. */
  readonly control: string;
  /** Settles when it is gone: why. Never rejects. */
  readonly gone: Promise<CommunicationError>;
  readonly #place: MasterPlace;
  readonly #process: GuardedProcess;
  readonly #complaints: Complaints;
  /** Sockets in the folder that lead to places at the far end. */
  readonly #sockets = new Map<string, Promise<string>>();
  /** Requests run one by one, so that each knows its own words on standard error. */
  #lastRequest: Promise<unknown> = Promise.resolve();
  #lost: CommunicationError | undefined;

  private constructor(
    host: SshHost,
    place: MasterPlace,
    process: GuardedProcess,
    complaints: Complaints,
  ) {
    this.host = host;
    this.#place = place;
    this.control = controlPath(place);
    this.#process = process;
    this.#complaints = complaints;
    this.gone = process.ended.then(async (ended) => {
      const fled = await calledBack(host, this.control, ended);
      this.#lost ??= linkFailure(host, fled ? IN_BACKGROUND : ended.stderr);
      await place.gateway?.close(this.#lost);
      return this.#lost;
    });
  }

  /**
   * Logs in.
   * @throws SecurityError `ERR_SSH_HOST_KEY_CHANGED`, `ERR_SSH_HOST_KEY_UNKNOWN`, `ERR_SSH_LOGIN`;
   *   CommunicationError `ERR_SSH_CONNECT`, `ERR_SSH`; TimeoutError `ERR_SSH_TIMEOUT`;
   *   BunsenError `ERR_SSH_CONFIG`, `ERR_SSH_MISSING`.
   */
  static async open(
    host: SshHost,
    place: MasterPlace,
    options: KeepOptions,
    signal?: AbortSignal,
  ): Promise<Master> {
    signal?.throwIfAborted();
    const control = controlPath(place);
    const secret = host.password !== undefined || host.passphrase !== undefined;
    await using askpass = secret
      ? await Askpass.open(place.folder, `${place.name}-ask`, host)
      : undefined;
    const complaints = new Complaints();
    const process = new GuardedProcess(
      "ssh",
      masterArguments(host, control, options, place.gateway),
      askpass?.environment,
      (line) => complaints.add(line),
    );
    let late = false;
    const end = () => process.end();
    const timer = setTimeout(() => {
      late = true;
      end();
    }, options.connectTimeoutMs);
    signal?.addEventListener("abort", end, { once: true });
    try {
      // The control socket is there as soon as the login is over.
      while (!existsSync(control)) {
        const ended = await Promise.race([process.ended, sleep(POLL_MS)]);
        if (ended === undefined) continue;
        const fled = await calledBack(host, control, ended);
        signal?.throwIfAborted();
        throw late
          ? tooLate(host, options)
          : loginFailure(host, fled ? IN_BACKGROUND : ended.stderr);
      }
      return new Master(host, place, process, complaints);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
  }

  /** Why it is gone; undefined while it stands. */
  get lost(): CommunicationError | undefined {
    return this.#lost;
  }

  /** It is gone, or about to go: ssh takes its control socket away before it ends, and its streams with it. */
  get isEnding(): boolean {
    return this.#lost !== undefined || !existsSync(this.control);
  }

  /**
   * A socket here that leads to a place as the far host sees it. That nobody listens there shows only when the socket
   * is used.
   */
  socketTo(location: Location): Promise<string> {
    const target = forwardTarget(location);
    let socket = this.#sockets.get(target);
    if (socket === undefined) {
      const path = join(this.#place.folder, `${this.#place.name}-${this.#sockets.size}`);
      const what = `cannot forward to ${formatLocation(location)} at ${nameOfHost(this.host)}`;
      socket = this.#request(["-O", "forward", "-L", `${path}:${target}`], what).then(() => path);
      this.#sockets.set(target, socket);
      socket.catch(() => this.#sockets.delete(target));
    }
    return socket;
  }

  /**
   * Makes a port of this machine's loopback lead to a place as the far host sees it.
   * @throws CommunicationError `ERR_PORT_IN_USE`, `ERR_FORWARD_REFUSED`.
   */
  async forwardPort(port: number, location: Location): Promise<void> {
    const what = `cannot forward port ${port} to ${formatLocation(location)} at ${nameOfHost(this.host)}`;
    await this.#request(["-O", "forward", ...localSpec(port, location)], what);
  }

  async cancelPort(port: number, location: Location): Promise<void> {
    await this.#run(["-O", "cancel", ...localSpec(port, location)]);
  }

  /**
   * Makes a port of the far host's loopback lead to a place here.
   * @param farPort - 0 lets the far host choose.
   * @returns the port.
   * @throws CommunicationError `ERR_FORWARD_REFUSED`.
   */
  async reversePort(farPort: number, location: Location): Promise<number> {
    const what = `cannot offer ${formatLocation(location)} at port ${farPort || "any"} of ${nameOfHost(this.host)}`;
    const { stdout } = await this.#request(
      ["-O", "forward", ...remoteSpec(farPort, location)],
      what,
    );
    return farPort || Number(stdout.trim());
  }

  /** @param asked - The port that was asked for: 0, where the far host chose one. */
  async cancelReverse(asked: number, location: Location): Promise<void> {
    await this.#run(["-O", "cancel", ...remoteSpec(asked, location)]);
  }

  /**
   * Runs a command at the far host, in its login shell.
   * @throws CommunicationError where the connection is gone before the command has ended.
   */
  async runCommand(command: string, signal?: AbortSignal): Promise<Ended> {
    const ended = await runToEnd("ssh", commandArguments(this.host, this.control, command), signal);
    // ssh's own failures have this code, and commands may, too.
    if (ended.code === SSH_FAILED && !(await this.#stands())) throw await this.gone;
    return ended;
  }

  /** How many streams were refused at the far end so far: where to begin to look for a refusal to come. */
  get refusals(): number {
    return this.#complaints.refusals;
  }

  /** Why a stream was refused at the far end, in ssh's words: the first that came `since`. Each is told once. */
  takeRefusal(since: number): string | undefined {
    return this.#complaints.takeRefusal(since);
  }

  /** Ends the connection and all that goes through it; resolves when ssh is gone. May be called twice. */
  async close(reason: CommunicationError): Promise<void> {
    this.#lost ??= reason;
    this.#process.end();
    await this.gone;
  }

  async #request(request: string[], what: string): Promise<Ended> {
    const turn = this.#lastRequest.then(async () => {
      if (this.#lost) throw this.#lost;
      this.#complaints.forget();
      const ended = await this.#run(request);
      if (ended.code === 0) return ended;
      if (this.#lost) throw this.#lost;
      throw forwardFailure(this.host, what, `${this.#complaints.recent}\n${ended.stderr}`);
    });
    this.#lastRequest = turn.catch(() => {});
    return await turn;
  }

  async #stands(): Promise<boolean> {
    return (await this.#run(["-O", "check"])).code === 0;
  }

  #run(request: string[]): Promise<Ended> {
    return ask(this.host, this.control, request);
  }
}

function ask(host: SshHost, control: string, request: string[]): Promise<Ended> {
  return runToEnd("ssh", requestArguments(host, control, request));
}

/** Ends an ssh that has left us for the background, as a configuration may tell it to. Was there one? */
async function calledBack(host: SshHost, control: string, { code }: Ended): Promise<boolean> {
  if (code !== 0 || !existsSync(control)) return false;
  await ask(host, control, ["-O", "exit"]);
  return true;
}

/** What ssh prints while it runs: of streams that were refused, and of what it was asked for. */
class Complaints {
  #recent: string[] = [];
  #refused: { readonly number: number; readonly words: string }[] = [];
  refusals = 0;

  add(line: string): void {
    const refusal = /open failed: (.*)/.exec(line)?.[1];
    if (refusal === undefined) this.#recent = [...this.#recent.slice(-MAX_KEPT), line];
    else {
      const refused = { number: this.refusals++, words: refusal };
      this.#refused = [...this.#refused.slice(-MAX_KEPT), refused];
    }
  }

  get recent(): string {
    return this.#recent.join("\n");
  }

  forget(): void {
    this.#recent = [];
  }

  takeRefusal(since: number): string | undefined {
    const index = this.#refused.findIndex(({ number }) => number >= since);
    return index < 0 ? undefined : this.#refused.splice(index, 1)[0]?.words;
  }
}

const SSH_FAILED = 255;
const MAX_KEPT = 50;
const POLL_MS = 20;

function controlPath({ folder, name }: MasterPlace): string {
  return join(folder, name);
}

function localSpec(port: number, location: Location): string[] {
  return ["-L", `127.0.0.1:${port}:${forwardTarget(location)}`];
}

function remoteSpec(farPort: number, location: Location): string[] {
  return ["-R", `127.0.0.1:${farPort}:${forwardTarget(location)}`];
}

function tooLate(host: SshHost, { connectTimeoutMs }: KeepOptions): BunsenError {
  return new TimeoutError(
    "ERR_SSH_TIMEOUT",
    `${nameOfHost(host)} did not let ssh in within ${connectTimeoutMs} ms; is the host up, and does a firewall drop the port?`,
    { retry: "later" },
  );
}
