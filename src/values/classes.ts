import { BunsenError } from "../errors.ts";
import { NdArray } from "./ndarray.ts";
import { NDARRAY_CLASS, ndArrayFromRecord, ndArrayToRecord } from "./ndarray-wire.ts";
import { type ClassDict, isPlainRecord, type PlainRecord } from "./types.ts";

type AnyClass<T extends object> = abstract new (...args: never[]) => T;

/** How instances of one class travel. */
export interface ClassConverter<T extends object> {
  /** The name the peers know, such as `mymodule.Point`. */
  readonly name: string;
  /** The members to send. Default: the instance's own enumerable properties. */
  readonly toWire?: (instance: T) => PlainRecord;
  /** Makes an instance of what arrived. Default: an object of the class with those properties, not constructed. */
  readonly fromWire?: (record: PlainRecord) => T;
}

/**
 * Converters of custom classes, by class for sending and by name for what arrives. `NdArray` is registered from the
 * start, so that arrays cross in every dialect that has class dicts.
 */
export class ClassRegistry {
  readonly #byClass = new Map<object, ClassConverter<object>>();
  readonly #byName = new Map<string, (record: PlainRecord) => object>();

  constructor() {
    this.register(NdArray, {
      name: NDARRAY_CLASS,
      toWire: ndArrayToRecord,
      fromWire: ndArrayFromRecord,
    });
  }

  /**
   * Makes instances of `registered` travel as class dicts, and class dicts of that name arrive as instances.
   * @throws BunsenError `ERR_CLASS_NAME` for a name that Python peers refuse.
   */
  register<T extends object>(registered: AnyClass<T>, converter: ClassConverter<T>): void {
    if (converter.name === "" || converter.name.includes("__")) {
      throw new BunsenError(
        "ERR_CLASS_NAME",
        `Expected the wire name of ${registered.name} to be non-empty and without "__", which Python peers refuse, got ${JSON.stringify(converter.name)}`,
      );
    }
    const prototype = registered.prototype as object;
    this.#byClass.set(prototype, converter as unknown as ClassConverter<object>);
    this.#byName.set(
      converter.name,
      converter.fromWire ?? ((record) => Object.assign(Object.create(prototype), record)),
    );
  }

  unregister(registered: AnyClass<object>): void {
    const converter = this.#byClass.get(registered.prototype as object);
    if (converter === undefined) return;
    this.#byClass.delete(registered.prototype as object);
    this.#byName.delete(converter.name);
  }

  /** The class dict of an instance of a registered class, or of a subclass of one; undefined for others. */
  toWire(instance: object): ClassDict | undefined {
    for (let p = Object.getPrototypeOf(instance); p !== null; p = Object.getPrototypeOf(p)) {
      const converter = this.#byClass.get(p);
      if (converter === undefined) continue;
      const members = converter.toWire ? converter.toWire(instance) : { ...instance };
      // Python's serpent puts the class last; order means nothing to a receiver.
      return { ...members, __class__: converter.name } as ClassDict;
    }
    return undefined;
  }

  /** The instance that a class dict stands for; undefined where its class is not registered. */
  fromWire(record: ClassDict): object | undefined {
    const convert = this.#byName.get(record.__class__);
    if (convert === undefined) return undefined;
    const { __class__: _, ...members } = record;
    return convert(isPlainRecord(members) ? members : {});
  }
}

/** The converters that every connection of this process uses, as in Pyro. */
export const classes: ClassRegistry = new ClassRegistry();

/** Registers how instances of a class travel: `registerClass(Point, { name: "geometry.Point" })`. */
export function registerClass<T extends object>(
  registered: AnyClass<T>,
  converter: ClassConverter<T>,
): void {
  classes.register(registered, converter);
}
