import { describe, expect, it, vi } from "vitest";
import { Daemon, SILENT } from "../../src/index.ts";
import { runProcess } from "../support/process.ts";

describe("the package socket.io", () => {
  it("is loaded when it is asked for, and not before", async () => {
    const loaded = await runProcess(process.execPath, [
      "--input-type=module",
      "-e",
      `
      import { createRequire } from "node:module";
      const { Daemon, SILENT } = await import(${JSON.stringify(url("index.ts"))});
      await import(${JSON.stringify(url("gateway/index.ts"))});
      const { cache } = createRequire(import.meta.url);
      const loaded = () => Object.keys(cache).some((path) => /[\\\\/]socket\\.io[\\\\/]/.test(path));
      const daemon = new Daemon({ logger: SILENT });
      await daemon.listen("http://localhost:0");
      const before = loaded();
      await daemon.listen("http://localhost:0", { gateway: { socketIo: true } });
      console.log(before, loaded());
      await daemon.close();
      `,
    ]);
    expect(loaded.trim()).toBe("false true");
  });

  it("is asked for by name where it is missing", async () => {
    vi.doMock("socket.io", () => {
      throw new Error("not installed");
    });
    await using daemon = new Daemon({ logger: SILENT });
    await expect(
      daemon.listen("http://localhost:0", { gateway: { socketIo: true } }),
    ).rejects.toMatchObject({
      code: "ERR_MISSING_PACKAGE",
      message: expect.stringContaining("npm install socket.io@4"),
    });
    vi.doUnmock("socket.io");
    // Installed since: it is tried again.
    await daemon.listen("http://localhost:0", { gateway: { socketIo: true } });
  });
});

function url(path: string): string {
  return new URL(`../../src/${path}`, import.meta.url).href;
}
