import { randomInt } from "node:crypto";
import type { Callback, Tuple } from "#bunsen";
import { GameObserver, type RemoteBot } from "./remote.ts";
import type { Robot } from "./robot.ts";

/** One that steers. Its robot may be in this program or in another: `await` does for both. */
export abstract class Player extends GameObserver {
  robot: Callback<RemoteBot> | undefined;

  protected async turn(direction: readonly [dx: number, dy: number]): Promise<void> {
    await this.robot?.change_direction(direction);
  }
  protected async say(text: string): Promise<void> {
    await this.robot?.emote(text);
  }
}

class Drunk extends Player {
  override async world_update(): Promise<void> {
    if (Math.random() <= 0.8) return;
    const step = randomInt(-1, 2);
    if (Math.random() > 0.7) await this.say("..Hic! *burp*");
    await this.turn(Math.random() < 0.5 ? [step, 0] : [0, step]);
  }
}

class Angry extends Player {
  static readonly #clockwise = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ] as const;

  override async world_update(iteration: number, _world: Tuple, _robot: Robot): Promise<void> {
    if (iteration % 50 === 0) await this.say("I'll kill you all! GRR");
    const direction = Angry.#clockwise[(iteration / 10) % 4];
    if (direction) await this.turn(direction);
  }
}

class Scared extends Player {
  override async start(): Promise<void> {
    super.start();
    await this.turn([randomInt(2) * 2 - 1, randomInt(2) * 2 - 1]); // to a corner
  }
  override async world_update(iteration: number, _world: Tuple, _robot: Robot): Promise<void> {
    if (iteration % 50 === 0) await this.say("I'm scared!");
  }
}

export const OBSERVERS: Readonly<Record<string, new () => Player>> = {
  drunk: Drunk,
  angry: Angry,
  scared: Scared,
};
