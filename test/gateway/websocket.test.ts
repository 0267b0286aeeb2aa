import { describe, expect, it } from "vitest";
import {
  assign,
  callContext,
  connect,
  connectionState,
  Daemon,
  describe as describeObject,
  expose,
  type ListenOptions,
  SILENT,
  startNameServer,
  uriOf,
  withOptions,
} from "../../src/index.ts";
import { webSocketGateway } from "../../src/net/websocket.ts";
import { channelByGateway } from "../../src/pyro/index.ts";
import { testAuthority } from "../support/certificates.ts";
import { checkLeaks } from "../support/leaks.ts";
import { PlainLab } from "./plain-lab.ts";

class Door {
  opened = 0;
  open() {
    this.opened += 1;
    return this.opened;
  }
}
expose(Door, { opened: true, open: true });

class Lab extends PlainLab {
  readonly doors = [new Door(), new Door()];
  door(index: number) {
    return this.doors[index];
  }
  who() {
    const { dialect, identity } = callContext().caller;
    return { dialect, identity: identity ?? null };
  }
}
expose(Lab, {
  door: true,
  who: true,
});

async function serve(gateway: ListenOptions["gateway"] = {}) {
  const daemon = new Daemon({ logger: SILENT });
  const lab = new Lab();
  daemon.register("lab", lab);
  daemon.register("door", lab.doors[0] as Door);
  const { url, close } = await daemon.listen("http://localhost:0", { gateway });
  const ws = url.replace("http", "ws");
  return { daemon, lab, ws, url, close, [Symbol.asyncDispose]: () => daemon.close() };
}

describe("calls over a WebSocket", () => {
  checkLeaks();

  it("are calls as ever: values, attributes, errors, descriptions", async () => {
    await using served = await serve();
    await using lab = await connect<Lab>(`${served.ws}/lab`);
    expect(uriOf(lab)).toBe(`${served.ws}/lab`);
    expect(await Promise.all([lab.add(1, 2), lab.add(3, 4)])).toEqual([3, 7]);
    await assign(lab, { setpoint: 21.5 });
    expect(await lab.setpoint).toBe(21.5);
    await expect(lab.fail()).rejects.toThrow("on purpose");
    expect(describeObject(lab).members.get("add")?.doc).toBe("Adds.");
    const bytes = new Uint8Array(5_000_000).map((_, i) => i);
    expect(await lab.echo(bytes)).toEqual(bytes);
  });

  it("stream, and end with the loop", async () => {
    await using served = await serve();
    await using lab = await connect<Lab>(`${served.ws}/lab`);
    const seen = [];
    for await (const i of lab.count(1_000_000)) {
      seen.push(i);
      if (seen.length === 200) break;
    }
    expect(seen.at(-1)).toBe(199);
    await expect.poll(() => served.lab.left).toBe(1);
  });

  it("call back, over the same connection", async () => {
    await using served = await serve();
    await using lab = await connect<Lab>(`${served.ws}/lab`);
    expect(await lab.each([1, 2, 3], (value) => value * 2)).toEqual([2, 4, 6]);
  });

  it("are cancelled", async () => {
    await using served = await serve();
    await using lab = await connect<Lab>(`${served.ws}/lab`);
    const ending = new AbortController();
    const waiting = withOptions(lab, { signal: ending.signal }).wait();
    ending.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect.poll(() => served.lab.left).toBe(1);
  });

  it("hand out objects: registered ones by the gateway, others over the connection", async () => {
    await using served = await serve();
    await using lab = await connect<Lab>(`${served.ws}/lab`);
    const registered = (await lab.door(0)) as unknown as Awaited<ReturnType<typeof connect<Door>>>;
    const lent = (await lab.door(1)) as unknown as typeof registered;
    expect(uriOf(registered)).toBe(`${served.ws}/door`);
    expect(await registered.open()).toBe(1);
    expect(await lent.open()).toBe(1);
    expect(served.lab.doors.map(({ opened }) => opened)).toEqual([1, 1]);
    await registered[Symbol.asyncDispose]();
  });

  it("say who calls, and need the key", async () => {
    const keys = [{ key: "k", identity: "anna" }];
    await using served = await serve({ keys });
    await using lab = await connect<Lab>(`${served.ws}/lab`, { gatewayKey: "k" });
    expect(await lab.who()).toEqual({ dialect: "pyro5", identity: "anna" });
    for (const options of [{}, { gatewayKey: "wrong" }]) {
      await expect(connect(`${served.ws}/lab`, options)).rejects.toMatchObject({
        code: "ERR_GATEWAY_REFUSED",
        message: expect.stringContaining("incorrect gateway api key"),
      });
    }
    await using inQuery = await connect<Lab>(`${served.ws}/lab?$key=k`);
    expect(await inQuery.add(1, 1)).toBe(2);
  });

  it("reach nothing beyond the pattern, by whatever object they begin with", async () => {
    await using served = await serve({ expose: "lab" });
    for (const object of ["door", "nobody", "Pyro.Daemon"]) {
      await expect(connect(`${served.ws}/${object}`)).rejects.toMatchObject({
        code: "ERR_GATEWAY_REFUSED",
      });
    }
    // The path names one object, and the frames another.
    const { gateway } = webSocketGateway(`${served.ws}/lab`, undefined);
    const open: typeof gateway.open = (_, options) => gateway.open("lab", options);
    const channel = channelByGateway("door", { gateway: { ...gateway, open } });
    await expect(channel.open()).rejects.toMatchObject({ code: "ERR_HANDSHAKE_REFUSED" });
    await channel.close();
  });

  it("reach what a name server lists", async () => {
    await using names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = names.uri;
    const where = { host: "localhost", port: location.kind === "tcp" ? location.port : 0 };
    await using far = new Daemon({ logger: SILENT });
    far.register("x", new Lab());
    await far.listen("pyro://localhost:0");
    await far.announce("x", "http.far", where);
    await using served = await serve({ nameServer: where });
    await using lab = await connect<Lab>(`${served.ws}/http.far`);
    expect(await lab.add(2, 3)).toBe(5);
    const seen = [];
    for await (const i of lab.count(3)) seen.push(i);
    expect(seen).toEqual([0, 1, 2]);
  });

  it("count as connections while they are there, as HTTP's do", async () => {
    await using served = await serve();
    const { counters } = served.daemon;
    const lab = await connect<Lab>(`${served.ws}/lab`);
    expect(counters.connections).toBe(1);
    await fetch(`${served.url}/pyro/lab/setpoint`, { headers: { Connection: "close" } });
    await expect.poll(() => counters.connections).toBe(1);
    await lab[Symbol.asyncDispose]();
    await expect.poll(() => counters.connections).toBe(0);
  });

  it("are no more a second than maxRequestsPerSecond", async () => {
    await using served = await serve({ maxRequestsPerSecond: 20 });
    await using lab = await connect<Lab>(`${served.ws}/lab`);
    const calls = Array.from({ length: 60 }, () => lab.add(1, 2));
    const outcomes = await Promise.allSettled(calls);
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({
      reason: { message: expect.stringContaining("429: Too Many Requests"), retry: "later" },
    });
    expect(outcomes[0]).toEqual({ status: "fulfilled", value: 3 });
  });

  it("are encrypted, and known by their certificates", async () => {
    using authority = await testAuthority("anna");
    const { server, client, ca } = authority;
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("lab", new Lab());
    const { url } = await daemon.listen("https://localhost:0", { tls: { ...server, ca } });
    const tls = { ca, ...client };
    await using lab = await connect<Lab>(`${url.replace("http", "ws")}/lab`, { tls });
    expect(await lab.who()).toEqual({ dialect: "pyro5", identity: "anna" });
    await expect(connect(`${url.replace("http", "ws")}/lab`)).rejects.toMatchObject({
      code: "ERR_TLS",
    });
  });

  it("are lost with the gateway, and made anew by the next call", async () => {
    await using served = await serve();
    await using lab = await connect<Lab>(`${served.ws}/lab`);
    const waiting = lab.wait();
    await served.close();
    await expect(waiting).rejects.toMatchObject({ retry: "unknown" });
    expect(connectionState(lab).value.name).toBe("lost");
    await served.daemon.listen(served.url);
    expect(await lab.add(1, 2)).toBe(3);
  });

  it.each([
    ["ws://localhost", "ERR_BAD_URI"],
    ["ws://localhost:1/lab", "ERR_CONNECT"],
  ])("say what is wrong with %s", async (uri, code) => {
    await expect(connect(uri)).rejects.toMatchObject({ code });
  });

  it("are refused to pages of other sites", async () => {
    await using served = await serve();
    const { default: WebSocket } = await import("ws");
    const socket = new WebSocket(`${served.ws}/lab`, { origin: "https://evil.example" });
    const status = await new Promise((resolve) => {
      socket.on("error", () => {});
      socket.on("unexpected-response", (_, response) => resolve(response.statusCode));
    });
    expect(status).toBe(403);
    socket.terminate();
  });
});
