import { type Callback, type Daemon, expose, type Remote, type Tuple } from "#bunsen";
import type { Robot } from "./robot.ts";

/** Controls a robot: told what happens to it, wherever it is. */
export class GameObserver {
  start(): void {
    console.log("Battle starts!");
  }
  /** @param world - Width, height, walls and robots. */
  world_update(_iteration: number, _world: Tuple, _robot: Robot): void {}
  victory(): void {
    console.log("I WON!!!");
  }
  death(killer: Robot | undefined | null): void {
    console.log("I DIED");
    if (killer) console.log(`${killer.name} KILLED ME :(`);
  }
}
expose(GameObserver, {
  start: true,
  world_update: { oneway: true }, // the game waits for nobody
  victory: true,
  death: true,
});

/** What the game does for its players. */
export interface Engine {
  signUp(name: string, observer: Callback<GameObserver>): RemoteBot;
  remove(robot: Robot): void;
  say(robot: Robot, text: string): void;
}

/** How a robot is steered. */
export class RemoteBot {
  readonly #robot: Robot;
  readonly #engine: Engine;

  constructor(robot: Robot, engine: Engine) {
    this.#robot = robot;
    this.#engine = engine;
  }
  get_data(): Robot {
    return this.#robot;
  }
  change_direction([dx, dy]: readonly [number, number]): void {
    [this.#robot.dx, this.#robot.dy] = [dx, dy];
  }
  emote(text: string): void {
    this.#engine.say(this.#robot, text);
  }
  terminate(): void {
    this.#engine.remove(this.#robot);
  }
}
expose(RemoteBot, { get_data: true, change_direction: true, emote: true, terminate: true });

export class GameServer {
  readonly #engine: Engine;
  readonly #daemon: Daemon;

  constructor(engine: Engine, daemon: Daemon) {
    this.#engine = engine;
    this.#daemon = daemon;
  }
  register(name: string, observer: Callback<GameObserver>): RemoteBot {
    const robot = this.#engine.signUp(name, observer);
    this.#daemon.register(crypto.randomUUID(), robot); // so that the player gets a proxy of it
    return robot;
  }
}
expose(GameServer, { register: true });

/** The server as its players see it. */
export interface RemoteGameServer {
  register(name: string, observer: GameObserver): Remote<RemoteBot>;
}
