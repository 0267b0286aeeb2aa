/** Values that JavaScript lacks and the wire has. Everything else travels as the obvious JavaScript type. */

/** A Python tuple. An array in every respect but its class, so that it goes back as the tuple it was. */
export class Tuple<T = unknown> extends Array<T> {
  // map, slice and the like give ordinary arrays: only what is a tuple on the wire is a Tuple.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** Makes a Python tuple: `tuple(1, "a")` is `(1, "a")`. */
export function tuple<T>(...items: T[]): Tuple<T> {
  const made = new Tuple<T>(items.length);
  for (let i = 0; i < items.length; i++) made[i] = items[i] as T;
  return made;
}

/** A Python frozenset. */
export class FrozenSet<T = unknown> extends Set<T> {}

/** A Python complex number. */
export class Complex {
  readonly re: number;
  readonly im: number;
  constructor(re: number, im: number) {
    this.re = re;
    this.im = im;
  }
}

/** A number that travels as a Python float even if it is integral: JavaScript has no 2.0 apart from 2. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  valueOf(): number {
    return this.value;
  }
}

/** Forces a Python float: `float(2)` arrives as `2.0`, a bare `2` as `2`. */
export function float(value: number): Float {
  return new Float(value);
}

/** Python's `...`; only marshal and serpent carry it. */
// biome-ignore lint/complexity/noStaticOnlyClass: it is a type with one value
export class Ellipsis {
  static readonly value: Ellipsis = new Ellipsis();
}

/** A calendar date without a time. msgpack carries it as such, the others as ISO text. */
export class PlainDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  constructor(year: number, month: number, day: number) {
    this.year = year;
    this.month = month;
    this.day = day;
  }
  /** `YYYY-MM-DD`. */
  toString(): string {
    const pad = (n: number, width: number) => `${n}`.padStart(width, "0");
    return `${pad(this.year, 4)}-${pad(this.month, 2)}-${pad(this.day, 2)}`;
  }
}

/** A dict that names a class: how instances, exceptions and proxies travel. */
export type ClassDict = { __class__: string } & Record<string, unknown>;

/** A dict with text keys. */
export type PlainRecord = Record<string, unknown>;

/** Sets a key that came from the wire: `__proto__` becomes an ordinary own key, never the prototype. */
export function setKey(record: PlainRecord, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(record, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    record[key] = value;
  }
}

/** True for `{…}` and `Object.create(null)`: what travels as a dict without a class. */
export function isPlainRecord(value: object): value is PlainRecord {
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !isReference(value);
}

/** True for what looks like a record, but was exposed: it is an object to be called. */
export function isReference(value: object): boolean {
  return references?.has(value) ?? false;
}

/** Undefined until there is one: most programs have none, and need not look. */
let references: WeakSet<object> | undefined;

/** From now on `object` is no record, though it may look like one: it travels as a reference to itself. */
export function markReference(object: object): void {
  references ??= new WeakSet();
  references.add(object);
}
