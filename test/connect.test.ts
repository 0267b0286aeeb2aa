import { expect, it } from "vitest";
import { BunsenError, type ConnectOptions, connect } from "../src/index.ts";

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
