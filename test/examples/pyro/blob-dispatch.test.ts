import { eachPairing, type Pairing, type Programs } from "../pairings.ts";

/** Pyro has a folder for each role. */
const PROGRAMS = {
  dispatcher: "dispatcher/dispatcher",
  listener: "listeners/main",
  client: "client/client",
} as const;
const named = (programs: Programs, role: keyof typeof PROGRAMS) =>
  programs.original ? PROGRAMS[role] : role;

async function dispatch({ server, client, registered }: Pairing): Promise<void> {
  await using dispatcher = await server.start(named(server, "dispatcher"), { ready: /PYRO:/ });
  await registered("example.blobdispatcher");
  const listen = (programs: Programs) =>
    programs.start(named(programs, "listener"), { args: ["weather"], ready: /waiting for data/ });
  // Of both authors, so that what one sends the other reads.
  await using one = await listen(client);
  await using other = await listen(server);
  await using _sender = await client.start(named(client, "client"), {
    input: ["weather", "gossip", ""],
    ready: /processed/,
  });
  for (const listener of [one, other]) await listener.nextLine(/a=42, b=hello world, c=.*20\d\d/);
  await dispatcher.nextLine(/Dispatching blob with name: gossip/);
}

eachPairing("blob-dispatch", { with: ["Pyro5", "Pyro4"] }, dispatch);
