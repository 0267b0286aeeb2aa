import { describe, expect, it } from "vitest";
import { Daemon, expose, SILENT } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";

class BasicServer {
  square(x: number) {
    return x ** 2;
  }
  power(base: number, exponent: number) {
    return base ** exponent;
  }
  fails() {
    throw new Error("on purpose");
  }
}
expose(BasicServer, { square: true, power: true, fails: true });

async function serve(root?: string) {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("BasicServer", new BasicServer());
  daemon.register("other", new BasicServer());
  const gateway = { keys: ["k"], ...(root !== undefined && { root }) };
  const { url } = await daemon.listen("http://localhost:0", { gateway });
  const headers = { "X-Pyro-Gateway-Key": "k" };
  return {
    url,
    ask: (path: string, init: RequestInit = { headers }) => fetch(`${url}/${path}`, init),
    [Symbol.asyncDispose]: () => daemon.close(),
  };
}

const told = (result: unknown, status: string) => ({ data: { result, status } });

describe("GET /METHOD?JSON, as pages of flaskify ask", () => {
  checkLeaks();

  it.each([
    ["square", { args: [2], kwargs: {} }, told(4, "method square._pyroExposed: True")],
    ["square", { args: 3 }, told(9, "method square._pyroExposed: True")],
    ["power", { args: [2], kwargs: { exponent: 5 } }, told(32, "method power._pyroExposed: True")],
    ["fails", {}, told(null, "method fails._pyroExposed: True\non purpose")],
    ["hidden", { args: [] }, told(null, "method hidden is not an server method")],
    ["constructor", {}, told(null, "method constructor is not an server method")],
  ])("%s?%j", async (method, asked, answer) => {
    await using served = await serve("BasicServer");
    const text = JSON.stringify(asked);
    for (const query of [encodeURIComponent(text), text.replaceAll('"', "%22")]) {
      const response = await served.ask(`${method}?${query}`);
      expect(response.status).toBe(200);
      expect(response.headers.get("Content-Type")).toMatch(/^application\/json/);
      expect(await response.json()).toEqual(answer);
    }
  });

  it("says what it expects of a query that is no such JSON", async () => {
    await using served = await serve("BasicServer");
    for (const query of ["{", "{}}", '{"kwargs":1}']) {
      const response = await served.ask(`square?${encodeURIComponent(query)}`);
      const answer = (await response.json()) as { data: { status: string } };
      expect(answer.data.status).toContain("Expected a query such as");
    }
  });

  it("needs the key, and an object at the root", async () => {
    await using served = await serve("BasicServer");
    expect((await served.ask("square?{}", {})).status).toBe(403);
    expect((await served.ask("square?{}&$key=k", {})).status).toBe(200);
    await using rootless = await serve();
    expect((await rootless.ask("square?{}")).status).toBe(404);
  });

  it("has no root that the pattern does not let through", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    const gateway = { expose: "lab", root: "BasicServer" };
    await expect(daemon.listen("http://localhost:0", { gateway })).rejects.toMatchObject({
      code: "ERR_BAD_OPTION",
    });
  });
});
