import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { BunsenError } from "../../src/errors.ts";
import {
  CallContext,
  callContext,
  currentContext,
  runInContext,
} from "../../src/objects/context.ts";
import { Session } from "../../src/objects/session.ts";
import { callerOf, callOf } from "../support/calls.ts";

const contextOf = (...call: Parameters<typeof callOf>) =>
  new CallContext(callOf(...call), callerOf());

describe("callContext()", () => {
  it("tells of the running call", () => {
    const signal = new AbortController().signal;
    const annotations = new Map([["TEST", Uint8Array.of(1)]]);
    const context = contextOf("read", [], { oneway: true, annotations, signal });
    runInContext(context, () => {
      expect(callContext()).toBe(context);
      expect(callContext()).toMatchObject({ object: "thing", member: "read", oneway: true });
      expect(callContext().annotations).toBe(annotations);
      expect(callContext().signal).toBe(signal);
      expect(callContext().caller).toMatchObject({ dialect: "test", address: "127.0.0.1:1" });
    });
  });

  it("is refused outside a call, with the reason", () => {
    expect(() => callContext()).toThrow(
      expect.objectContaining({
        code: "ERR_NO_CALL",
        message: expect.stringContaining("outside a remote call"),
      }),
    );
    expect(() => callContext()).toThrow(BunsenError);
    expect(currentContext()).toBeUndefined();
  });

  it("is the same in what the method awaits, and after", async () => {
    const context = contextOf("read");
    const seen = await runInContext(context, async () => {
      const before = callContext();
      await turn();
      const nested = await (async () => callContext())();
      return [before, nested, callContext()];
    });
    expect(seen).toEqual([context, context, context]);
  });

  it("is not mixed up between calls that run side by side", async () => {
    const members = Array.from({ length: 100 }, (_, i) => `m${i}`);
    const seen = await Promise.all(
      members.map((member, i) =>
        runInContext(contextOf(member), async () => {
          for (let turns = 0; turns < i % 5; turns++) await turn();
          return callContext().member;
        }),
      ),
    );
    expect(seen).toEqual(members);
  });

  it("is over with the call", () => {
    runInContext(contextOf("read"), () => {});
    expect(currentContext()).toBeUndefined();
  });
});

describe("the context of a call", () => {
  it("has no annotations where none came", () => {
    expect(contextOf("read").annotations.size).toBe(0);
  });

  it("hands annotations for the answer to the call", () => {
    const call = callOf("read");
    const context = new CallContext(call, callerOf());
    expect(call.responseAnnotations).toBeUndefined();
    context.responseAnnotations.set("TEST", Uint8Array.of(1));
    expect(call.responseAnnotations).toEqual(new Map([["TEST", Uint8Array.of(1)]]));
  });

  it("has the correlation id of the caller", () => {
    const correlationId = crypto.randomUUID();
    const context = contextOf("read", [], { correlationId });
    expect(context.correlationId).toBe(correlationId);
    expect(context.knownCorrelationId).toBe(correlationId);
  });

  it("makes a correlation id when it is asked for one, and keeps it", () => {
    const context = contextOf("read");
    expect(context.knownCorrelationId).toBeUndefined();
    const made = context.correlationId;
    expect(made).toMatch(/^[0-9a-f]{8}-/);
    expect([context.correlationId, context.knownCorrelationId]).toEqual([made, made]);
  });

  it("tracks resources for the caller's connection", () => {
    const session = new Session();
    const context = new CallContext(callOf("read"), callerOf(session));
    const closed: string[] = [];
    const [kept, released] = ["kept", "released"].map((name) => ({
      close: () => closed.push(name),
    })) as [{ close(): number }, { close(): number }];
    context.trackResource(kept);
    context.trackResource(released);
    context.untrackResource(released);
    session.close(() => {});
    expect(closed).toEqual(["kept"]);
  });
});
