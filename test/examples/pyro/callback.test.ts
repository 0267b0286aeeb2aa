import { expect, vi } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("callback", {}, async ({ server, client, registered }) => {
  await using workers = await server.start("server", { ready: /PYRO:/ });
  await registered("example.callback");
  const said = await client.run("client");
  expect(said.match(/callback: worker \d reports work is done!/g)).toHaveLength(5);
  expect(said).toMatch(/\ndone!\n$/);
  expect(workers.lines.filter((line) => /Worker \d done/.test(line))).toHaveLength(5);
});

const title = "with errors";
eachPairing("callback", { title }, async ({ server, client, registered }) => {
  await using calling = await server.start("server2", { ready: /PYRO:/ });
  await registered("example.callback2");
  await using called = await client.start("client2", { ready: /callback 1 received/ });
  await called.nextLine(/callback 2 received/);
  await calling.nextLine(/server: callbacks done/);
  const crash = client.original ? /ZeroDivisionError/g : /Error: .*crash in call[12]/g;
  expect(calling.stdout.match(crash)?.length).toBeGreaterThanOrEqual(2);
  // One of them is told on the side of the callback as well.
  if (client.original) await vi.waitFor(() => expect(called.stderr).toMatch(/in call2\n/), 5000);
  else
    expect(called.stdout.match(/the callback failed here: Error: crash in call2/g)).toHaveLength(1);
});
