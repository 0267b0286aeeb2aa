import { SerializeError } from "../errors.ts";
import { type ArrayData, type DType, type Layout, layoutCoded, layoutNamed } from "./dtypes.ts";
import { NdArray } from "./ndarray.ts";
import type { PlainRecord } from "./types.ts";

/** How arrays travel: what is said of them, and their bytes. */

/** The `__class__` by which Python knows them. */
export const NDARRAY_CLASS = "bunsen.NdArray";

/** What is said of an array's bytes. */
export interface ArrayHead {
  /** As numpy writes it, with the byte order: `<f8`, `>i2`, `|S5`, `<M8[ns]`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly order: "C" | "F";
  readonly unit: string | null;
}

const HOST_ORDER = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? "little" : "big";

export function headOf(array: NdArray): ArrayHead {
  const { code, data } = layoutNamed(array.dtype) as Layout;
  const mark = data.BYTES_PER_ELEMENT === 1 ? "|" : array.byteOrder === "big" ? ">" : "<";
  return { dtype: mark + code, shape: array.shape, order: array.order, unit: array.unit ?? null };
}

/** The elements as they travel: the array's own memory, or a copy where their bytes have to be turned. */
export function bytesOf(array: NdArray): Uint8Array {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = array.data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  if (BYTES_PER_ELEMENT === 1 || array.byteOrder === HOST_ORDER) return bytes;
  return turned(bytes.slice(), BYTES_PER_ELEMENT);
}

/** How an array travels to whoever has no better way: as a class dict, without its `__class__`. */
export function ndArrayToRecord(array: NdArray): PlainRecord {
  return { ...headOf(array), data: bytesOf(array) };
}

/** @throws SerializeError `ERR_BAD_PAYLOAD` naming what is wrong with it. */
export function ndArrayFromRecord(record: PlainRecord): NdArray {
  const { data } = record;
  if (!(data instanceof Uint8Array)) throw bad(`its data is ${shown(data)}, and no bytes`);
  return ndArrayFrom(record, data);
}

/** Bytes of an array of that head, so that a reader knows where they begin. @throws SerializeError as `ndArrayFrom`. */
export function byteLengthOf(head: PlainRecord): number {
  const { layout, shape } = checked(head);
  return sizeOf(shape) * layout.perElement * layout.data.BYTES_PER_ELEMENT;
}

/**
 * An array on `bytes`: they are its memory if they lie as a typed array needs it and in this machine's order, else copied.
 * @throws SerializeError `ERR_BAD_PAYLOAD` naming what is wrong with the head, or with the number of bytes.
 */
export function ndArrayFrom(head: PlainRecord, bytes: Uint8Array): NdArray {
  const { layout, shape, byteOrder } = checked(head);
  const { data: Data, perElement } = layout;
  const count = sizeOf(shape) * perElement;
  const size = Data.BYTES_PER_ELEMENT;
  if (count * size !== bytes.byteLength) {
    throw bad(
      `its shape [${shape.join(", ")}] of ${layout.dtype} takes ${count * size} bytes, ${bytes.byteLength} came`,
    );
  }
  const { order = "C", unit } = head as { order?: "C" | "F"; unit?: string | null };
  const fits = size === 1 || (byteOrder === HOST_ORDER && bytes.byteOffset % size === 0);
  const own = fits ? bytes : new Uint8Array(bytes);
  if (size > 1 && byteOrder !== HOST_ORDER) turned(own, size);
  const data: ArrayData = new Data(own.buffer, own.byteOffset, count);
  return new NdArray<DType>(data, {
    dtype: layout.dtype,
    shape,
    order,
    unit: unit ?? undefined,
    byteOrder,
  });
}

interface Checked {
  readonly layout: Layout;
  readonly shape: readonly number[];
  readonly byteOrder: "little" | "big";
}

function checked({ dtype, shape, order, unit }: PlainRecord): Checked {
  const [, mark, code = ""] = /^([<>|=])(.+)$/s.exec(typeof dtype === "string" ? dtype : "") ?? [];
  const layout = layoutCoded(code);
  if (layout === undefined || mark === "=") throw bad(`its dtype is ${shown(dtype)}`);
  if (!Array.isArray(shape) || shape.length > 64 || !shape.every(isLength)) {
    throw bad(`its shape is ${shown(shape)}`);
  }
  if (!Number.isSafeInteger(sizeOf(shape) * layout.perElement * 8)) {
    throw bad(`its shape is ${shown(shape)}, more than any memory holds`);
  }
  if (order !== undefined && order !== "C" && order !== "F")
    throw bad(`its order is ${shown(order)}`);
  if (unit !== undefined && unit !== null && typeof unit !== "string") {
    throw bad(`its unit is ${shown(unit)}`);
  }
  return { layout, shape: [...shape], byteOrder: mark === ">" ? "big" : "little" };
}

function isLength(length: unknown): length is number {
  return Number.isSafeInteger(length) && (length as number) >= 0;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function bad(what: string): SerializeError {
  return new SerializeError("ERR_BAD_PAYLOAD", `an array arrived that cannot be read: ${what}`);
}

/** Turns the bytes of each number around, in place. */
function turned(bytes: Uint8Array, size: number): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else buffer.swap64();
  return bytes;
}
