import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectPi } from "../../examples/msl/client.ts";
import { kwargs } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { shellWord } from "../../src/tunnels/arguments.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, python, runPython } from "../support/python.ts";
import { describeWithSshd, processesWith, Sshd } from "../support/sshd.ts";

const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/msl/${name}`, import.meta.url));

type Author = "Bunsen" | "Python";

describeWithPython("the package that starts a service over SSH", () => {
  describeWithSshd("on a computer with sshd", () => {
    checkLeaks();
    let pi: Sshd;
    let folder: string;

    beforeAll(async () => {
      pi = await Sshd.start();
      folder = mkdtempSync(join(tmpdir(), "pi-"));
    });
    afterAll(async () => {
      await pi[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    /** A program as it lies on the small computer: one file that can be run. */
    const install = (author: Author): string => {
      const script = join(folder, `my package ${author}`);
      const program =
        author === "Bunsen"
          ? [process.execPath, example("service.ts")]
          : [`${python}`, example("mypackage.py")];
      const home = join(folder, `home-${author}`);
      const command = program.map(shellWord).join(" ");
      writeFileSync(script, `#!/bin/sh\nexport MSL_NETWORK_HOME='${home}'\nexec ${command} "$@"\n`);
      chmodSync(script, 0o755);
      return script;
    };

    /** Python does not quote the path of the script: that has no blank then. */
    const installForPython = (author: Author): string => {
      const script = install(author);
      const plain = script.replaceAll(" ", "-");
      writeFileSync(plain, readFileSync(script));
      chmodSync(plain, 0o755);
      return plain;
    };

    const running = (port: number) =>
      processesWith(`"port": ${port}`) + processesWith(`"port":${port}`);

    it.each<Author>(["Bunsen", "Python"])(
      "our client starts the service of %s, and ends it",
      async (author) => {
        const port = await freePort();
        const rpi = await connectPi({
          ssh: pi.host,
          command: install(author),
          host: "localhost",
          port,
          manager: {
            home: join(folder, `home-here-${author}`),
            logger: SILENT,
          },
        });
        expect(await rpi.service.add_numbers(1, 2, 3, 4)).toBe(10);
        expect(await rpi.service.power(4)).toBe(16);
        expect(await rpi.service.power(5, kwargs({ n: 3 }))).toBe(125);
        expect(running(port)).toBeGreaterThan(0);
        await rpi.disconnect();
        await rpi.disconnect();
        await expect.poll(() => running(port), { timeout: 5_000 }).toBe(0);
      },
    );

    it.each<Author>(["Bunsen", "Python"])(
      "Python's client starts the service of %s, and ends it",
      async (author) => {
        const port = await freePort();
        const { user, port: sshPort, identityFile } = pi.host;
        const output = await runPython(
          new URL("../../examples/msl/mypackage.py", import.meta.url),
          [
            "localhost",
            installForPython(author),
            JSON.stringify({
              ssh_username: user,
              ssh_password: "not needed, but demanded",
              paramiko_kwargs: { port: sshPort, key_filename: identityFile },
            }),
            JSON.stringify({ port, auto_save: true }),
          ],
          { env: { MSL_NETWORK_HOME: join(folder, `home-python-${author}`) } },
        );
        expect(output.trim().split("\n").slice(-3)).toEqual(["10", "16", "125"]);
        await expect.poll(() => running(port), { timeout: 5_000 }).toBe(0);
      },
    );

    it.each<Author>(["Bunsen", "Python"])(
      "an error of the service of %s ends all of it",
      async (author) => {
        const port = await freePort();
        const rpi = await connectPi({
          ssh: pi.host,
          command: install(author),
          host: "localhost",
          port,
          manager: { tls: false, logger: SILENT },
          kwargs: { disable_tls: true },
        });
        const { nope } = rpi.service as unknown as Record<string, () => Promise<unknown>>;
        await expect(nope?.()).rejects.toThrow("AttributeError");
        await expect.poll(() => running(port), { timeout: 5_000 }).toBe(0);
      },
    );
  });
});
