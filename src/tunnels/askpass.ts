import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { shellWord } from "./arguments.ts";
import type { SshHost } from "./host.ts";
import { OWN_PROCESS } from "./process.ts";

/**
 * Answers ssh's questions for a password or passphrase. ssh runs the program of SSH_ASKPASS for each; ours asks back by a
 * socket in a folder that only this user can enter. So no secret is ever in arguments, the environment or a file. An ssh
 * that ours starts for a jump host inherits the program, and is told nothing: the secret is not meant for that host.
 */
export class Askpass implements AsyncDisposable {
  /** For the environment of ssh. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #server: Server;

  private constructor(server: Server, program: string) {
    this.#server = server;
    this.environment = {
      SSH_ASKPASS: program,
      SSH_ASKPASS_REQUIRE: "force",
      // What OpenSSH before 8.4 wants to see before it runs the program.
      DISPLAY: process.env["DISPLAY"] ?? ":0",
    };
  }

  /** @param folder - Private to this user. */
  static async open(folder: string, name: string, host: SshHost): Promise<Askpass> {
    const program = join(folder, `${name}.sh`);
    const socket = join(folder, `${name}.sock`);
    await writeFile(program, programText(socket));
    await chmod(program, 0o700);
    const server = createServer((asked) => {
      asked.setEncoding("utf8");
      asked.on("error", () => {});
      asked.once("data", (prompt: string) => asked.end(answerTo(prompt, host)));
    });
    server.listen(socket);
    await once(server, "listening");
    return new Askpass(server, program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}

/** Nothing for what it does not know, so that ssh gives up instead of getting a secret that is not for this question. */
function answerTo(prompt: string, { password, passphrase }: SshHost): string {
  if (/passphrase/i.test(prompt)) return `${passphrase ?? ""}\n`;
  if (/password/i.test(prompt)) return `${password ?? ""}\n`;
  return "\n";
}

/** A shell script, since the path of Node may be too long, or have blanks, for a first line. */
function programText(socket: string): string {
  const code = `const s=require("net").connect(process.argv[1]);s.pipe(process.stdout);s.write(process.argv[2]+"\\n")`;
  return `#!/bin/sh
[ "$PPID" = "$${OWN_PROCESS}" ] || exit 1
exec ${[process.execPath, "-e", code, socket].map(shellWord).join(" ")} "$1"
`;
}
