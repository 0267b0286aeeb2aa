import { registerClass, tuple } from "#bunsen";

export type Point = readonly [x: number, y: number];

/** Stands in the way, and hurts. */
export class Wall {
  readonly x: number;
  readonly y: number;
  constructor([x, y]: Point) {
    this.x = x;
    this.y = y;
  }
}

/** Moves on the grid. */
export class Robot {
  readonly name: string;
  readonly grid: Point;
  x: number;
  y: number;
  dx: number;
  dy: number;
  strength: number;

  constructor(name: string, grid: Point, position: Point, direction: Point = [0, 0], strength = 5) {
    this.name = name;
    this.grid = grid;
    [this.x, this.y] = position;
    [this.dx, this.dy] = direction;
    this.strength = strength;
  }

  move(world: World): void {
    const [width, height] = this.grid;
    const x = Math.min(width - 1, Math.max(0, this.x + this.dx));
    const y = Math.min(height - 1, Math.max(0, this.y + this.dy));
    if (x === this.x && y === this.y) return;
    const other = world.at(x, y);
    if (other) this.#hit(other, world);
    else [this.x, this.y] = [x, y];
  }

  #hit(other: Wall | Robot, world: World): void {
    [this.dx, this.dy] = [0, 0];
    const hurt = other instanceof Robot ? other : this; // a wall hurts whoever runs into it
    hurt.strength--;
    this.collision(other);
    if (hurt.strength > 0) return;
    world.remove(hurt);
    hurt.died(hurt === this ? undefined : this);
  }

  /** What follows is for whoever wants to know. */
  collision(_other: Wall | Robot): void {}
  died(_killer: Robot | undefined): void {}
}
// Others see a robot as it is at the moment: a copy. What the server knows of it besides stays there.
registerClass(Robot, {
  name: "robot.Robot",
  toWire: ({ name, grid, x, y, dx, dy, strength }) => ({
    name,
    grid_dimensions: tuple(...grid),
    position: tuple(x, y),
    direction: tuple(dx, dy),
    strength,
  }),
  fromWire: ({ name, grid_dimensions, position, direction, strength }) =>
    new Robot(
      name as string,
      grid_dimensions as unknown as Point,
      position as unknown as Point,
      direction as unknown as Point,
      strength as number,
    ),
});

export class World {
  readonly width: number;
  readonly height: number;
  readonly walls: Wall[] = [];
  readonly robots: Robot[] = [];

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  at(x: number, y: number): Wall | Robot | undefined {
    return [...this.walls, ...this.robots].find((thing) => thing.x === x && thing.y === y);
  }

  remove(robot: Robot): void {
    const index = this.robots.indexOf(robot);
    if (index >= 0) this.robots.splice(index, 1);
  }

  toString(): string {
    const row = (_: unknown, y: number) => {
      const cell = (_: unknown, x: number) => {
        const thing = this.at(x, y);
        return thing instanceof Robot ? "R" : thing ? "#" : " ";
      };
      return `| ${Array.from({ length: this.width }, cell).join("")} |`;
    };
    return Array.from({ length: this.height }, row).join("\n");
  }
}
