import { expect, it } from "vitest";
import { BunsenError, type ConnectOptions, connect, expose, TimeoutError } from "../src/index.ts";
import { SILENT } from "../src/log.ts";
import { Manager, startServices } from "../src/msl/index.ts";
import { checkLeaks } from "./support/leaks.ts";

checkLeaks();

const HAND_OVER: [string, ConnectOptions, string][] = [
  ["msl://localhost:1/Calc", { hmacKey: "key" }, "hmacKey"],
  ["msl://localhost:1/Calc", { tls: { ca: "…" } }, "tls"],
  ["proximity://localhost:1/fpga", { hmacKey: "key" }, "hmacKey"],
  ["proximity://localhost:1/fpga", { tls: true }, "tls"],
];

it.each(HAND_OVER)(
  "%s with %o is refused: it would be called in the open",
  async (uri, options, name) => {
    const refused = connect(uri, options);
    await expect(refused).rejects.toBeInstanceOf(BunsenError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_BAD_OPTION",
      message: expect.stringContaining(`cannot be called with \`${name}\``),
    });
  },
);

it("retries hold for msl:// too", async () => {
  const later = Promise.withResolvers<void>();
  const flaky = {
    calls: 0,
    async read() {
      this.calls += 1;
      if (this.calls < 3) await later.promise;
      return this.calls;
    },
  };
  expose(flaky, { read: true });
  const open = { host: "localhost", port: 0, disableTls: true, logger: SILENT };
  await using manager = await Manager.start(open);
  const url = `msl://localhost:${manager.port}`;
  await using _services = await startServices({ Flaky: flaky }, url, {
    tls: false,
    logger: SILENT,
  });
  const options = { timeout: 500, tls: false, msl: { connectTimeoutMs: 5000 } } as const;
  await using once = await connect<typeof flaky>(`${url}/Flaky`, options);
  await expect(once.read()).rejects.toThrow(TimeoutError);
  await using patient = await connect<typeof flaky>(`${url}/Flaky`, { ...options, retries: 1 });
  expect(await patient.read()).toBe(3);
  later.resolve();
});
