import { describe, expect, it } from "vitest";
import { ByteQueue } from "../../src/bytes/queue.ts";

function queueOf(...chunks: string[]): ByteQueue {
  const queue = new ByteQueue();
  for (const chunk of chunks) queue.push(Buffer.from(chunk));
  return queue;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

describe("a queue of bytes", () => {
  it("is empty at first, and after all was taken", () => {
    const queue = new ByteQueue();
    expect(queue.byteLength).toBe(0);
    expect(queue.take(0)).toHaveLength(0);
    queue.push(Buffer.from("ab"));
    queue.take(2);
    expect(queue.byteLength).toBe(0);
  });

  it("gives bytes in the order of arrival, wherever the chunks end", () => {
    const queue = queueOf("ab", "c", "defg", "h");
    expect([text(queue.take(1)), text(queue.take(4)), text(queue.take(3))]).toEqual([
      "a",
      "bcde",
      "fgh",
    ]);
  });

  it("counts what is left", () => {
    const queue = queueOf("abc", "de");
    queue.skip(4);
    expect(queue.byteLength).toBe(1);
    expect(text(queue.take(1))).toBe("e");
  });

  it("leaves in place what is only looked at", () => {
    const queue = queueOf("ab", "cd");
    expect(text(queue.peek(3))).toBe("abc");
    expect(text(queue.peek(3))).toBe("abc");
    expect(queue.byteLength).toBe(4);
  });

  it("leaves the chunk to its giver, who may use the memory again", () => {
    const chunk = Buffer.from("abcdef");
    const queue = new ByteQueue();
    queue.push(chunk);
    queue.skip(1);
    queue.keep();
    chunk.fill("x");
    expect(text(queue.take(5))).toBe("bcdef");
  });

  it("gives nothing out that lies in the chunk itself", () => {
    const chunk = Buffer.from("abcdef");
    const queue = new ByteQueue();
    queue.push(chunk);
    const taken = [queue.take(2), queue.peek(3)];
    chunk.fill("x");
    expect(taken.map(text)).toEqual(["ab", "cde"]);
    expect(text(queue.take(4))).toBe("cdef");
  });

  it("gives views, not copies, of bytes that came in one chunk", () => {
    const queue = queueOf("abcdef");
    const [first, second] = [queue.take(3), queue.take(3)];
    expect(second.buffer).toBe(first.buffer);
    expect(second.byteOffset).toBe(first.byteOffset + 3);
  });

  it("puts what is expected into memory of its own, and goes on behind it", () => {
    const queue = queueOf("_ab");
    queue.skip(1);
    const count = 40_000;
    queue.expect(count);
    queue.push(Buffer.alloc(count - 3, "c"));
    queue.expect(count); // once more, as whoever waits for the rest asks again
    expect(queue.byteLength).toBe(count - 1);
    queue.push(Buffer.from("def"));
    const taken = queue.take(count);
    expect(text(taken)).toBe(`ab${"c".repeat(count - 3)}d`);
    expect(taken.buffer.byteLength).toBe(count);
    expect(text(queue.take(2))).toBe("ef");
  });

  it("copies once what lies in several, so that the chunks can be freed", () => {
    const [first, second] = [Buffer.from("abc"), Buffer.from("def")];
    const queue = new ByteQueue();
    queue.push(first);
    queue.push(second);
    const taken = queue.take(6);
    first.fill(0);
    second.fill(0);
    expect(text(taken)).toBe("abcdef");
  });

  it("takes no notice of an empty chunk", () => {
    const queue = queueOf("", "ab", "", "c", "");
    expect(queue.byteLength).toBe(3);
    expect(text(queue.take(3))).toBe("abc");
  });

  it("puts a message together that arrived one byte at a time, in time linear in it", () => {
    const queue = new ByteQueue();
    for (let i = 0; i < 200_000; i++) queue.push(Uint8Array.of(i & 0xff));
    expect(queue.take(40)).toHaveLength(40);
    expect(queue.take(199_960)).toHaveLength(199_960);
    expect(queue.byteLength).toBe(0);
  });

  it("has a place for the bytes of what is expected, and for nothing else", () => {
    const queue = new ByteQueue();
    queue.push(Buffer.from("ab"));
    expect(queue.place).toBeUndefined();
    queue.expect(40_000);
    const place = queue.place as Uint8Array;
    expect(place).toHaveLength(39_998);
    place.fill(99);
    queue.push(place);
    expect(queue.place).toBeUndefined();
    expect(text(queue.take(40_000))).toBe(`ab${"c".repeat(39_998)}`);
  });
});
