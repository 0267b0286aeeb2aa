// Robots that run into each other: the last one wins. Needs a name server. Run: node gameserver.ts
// Type "add" to add five robots of the server's own, "start" to start a round, Enter to see the world.
import { randomInt } from "node:crypto";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Callback, Daemon, tuple } from "#bunsen";
import { OBSERVERS, type Player } from "./observers.ts";
import { type Engine, type GameObserver, GameServer, RemoteBot } from "./remote.ts";
import { type Point, Robot, Wall, World } from "./robot.ts";

/** A robot with whoever steers it: the same whether that is here or somewhere else. */
class Contestant extends Robot {
  readonly observer: Callback<GameObserver>;
  readonly #game: Game;

  constructor(
    name: string,
    grid: Point,
    position: Point,
    observer: Callback<GameObserver>,
    game: Game,
  ) {
    super(name, grid, position);
    this.observer = observer;
    this.#game = game;
  }
  override collision(other: Wall | Robot): void {
    this.#game.say(this, "Bam!");
    if (other instanceof Robot) this.#game.say(other, "ouch");
  }
  override died(killer: Robot | undefined): void {
    console.log(killer ? `${killer.name} killed ${this.name}!` : `${this.name} killed himself!`);
    void this.#game.tell(this, () => this.observer.death(killer));
  }
}

class Game implements Engine {
  readonly world: World = new World(25, 25);
  readonly #contestants = new Map<string, Contestant>();
  #isOpen = true;
  #added = 0;

  constructor() {
    for (let i = 0; i < 10; i++) {
      for (const point of [
        [i + 4, 4],
        [i + 4, 15],
        [4, i + 5],
        [16, i + 5],
      ] as const) {
        this.world.walls.push(new Wall(point));
      }
    }
  }

  signUp(name: string, observer: Callback<GameObserver>): RemoteBot {
    if (!this.#isOpen) throw new Error("signups are closed, try again later");
    if (this.#contestants.has(name)) throw new RangeError("that name is already taken");
    const { width, height } = this.world;
    let position: Point;
    do position = [randomInt(width), randomInt(height)];
    while (this.world.at(...position));
    const robot = new Contestant(name, [width, height], position, observer, this);
    this.#contestants.set(name, robot);
    this.world.robots.push(robot);
    console.log(`${name} signed up`);
    return new RemoteBot(robot, this);
  }

  remove(robot: Robot): void {
    this.world.remove(robot);
  }

  say(robot: Robot, text: string): void {
    console.log(`${robot.name} says: ${text}`);
  }

  /** Five robots that are steered from here, by the same observers as those of other programs. */
  addLocal(): void {
    for (let i = 0; i < 5; i++) {
      const player = new (OBSERVERS["drunk"] as new () => Player)();
      player.robot = this.signUp(`local_bot_${++this.#added}`, player);
    }
  }

  async round(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    console.log(`new round! WORLD:\n${this.world}\nNUMBER OF ROBOTS: ${this.#contestants.size}`);
    await sleep(2000);
    if (this.#survivors.length > 1) await this.#tellAll((observer) => observer.start());
    for (let iteration = 1; this.#survivors.length > 1; iteration++) {
      for (const robot of this.#survivors) robot.move(this.world);
      await this.#tellAll((observer, robot) => {
        const { width, height, walls, robots } = this.world;
        const all = [...walls.map(({ x, y }) => tuple(x, y)), ...robots];
        return observer.world_update(iteration, tuple<unknown>(width, height, all, robots), robot);
      });
      await sleep(40);
    }
    const [winner] = this.#survivors;
    console.log(winner ? `${winner.name} wins!` : "No results.");
    if (winner) {
      this.world.remove(winner);
      await this.tell(winner, () => winner.observer.victory());
    }
    this.#contestants.clear();
    this.#isOpen = true;
    console.log("signups are open");
  }

  /** A player that cannot be told anything any more is out of the game. */
  async tell(robot: Contestant, action: () => unknown): Promise<void> {
    try {
      await action();
    } catch (error) {
      console.log(`${robot.name} is out: ${(error as Error).message}`);
      this.remove(robot);
    }
  }

  async #tellAll(action: (observer: Callback<GameObserver>, robot: Contestant) => unknown) {
    await Promise.all(
      this.#survivors.map((robot) => this.tell(robot, () => action(robot.observer, robot))),
    );
  }

  /** Robots on the grid that are still contestants. */
  get #survivors(): Contestant[] {
    return [...this.#contestants.values()].filter((robot) => this.world.robots.includes(robot));
  }
}

const game = new Game();
const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("robotserver", new GameServer(game, daemon));
await daemon.announce("robotserver", "example.robotserver");
console.log("ready", daemon.uriFor("robotserver"));

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "add") game.addLocal();
  else if (line === "start") void game.round();
  else console.log(`${game.world}`);
}
