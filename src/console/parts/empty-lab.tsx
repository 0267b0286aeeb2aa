import type { LabTree } from "../lab/tree.ts";

/** What to do where there is nothing to be seen. */
export function EmptyLab({ lab }: { readonly lab: LabTree }) {
  const servers = [...lab.nodes.values()].filter(({ kind }) => kind === "nameserver");
  const hidden = servers.reduce((sum, node) => sum + node.hidden, 0);
  const silent = servers.find(({ reach }) => reach.name === "silent");
  return (
    <section class="empty" aria-label="What to do next">
      <h2>Nothing can be called here yet</h2>
      <ul>
        {hidden > 0 && (
          <li>
            The name server has {hidden === 1 ? "a name" : `${hidden} names`} that this gateway does
            not let through. Start it with <code>bunsen gateway --expose REGEX</code>;{" "}
            <code>--expose ''</code> is every name.
          </li>
        )}
        {silent && (
          <li>
            No name server answers. Start one: <code>bunsen ns</code>; or say where it is:{" "}
            <code>bunsen gateway --ns HOST:PORT</code>.
          </li>
        )}
        {servers.length > 0 && hidden === 0 && !silent && (
          <li>
            The name server has no objects yet. Register one:{" "}
            <code>await daemon.announce("thermostat", "lab.thermostat")</code>
          </li>
        )}
        <li>
          Serve an object that is elsewhere on by this gateway:{" "}
          <code>bunsen gateway --adopt laser=PYRO:laser@bench:9999 --expose laser</code>
        </li>
        <li>
          Or serve one yourself: <code>daemon.register("lab.thermostat", new Thermostat())</code> in
          the program that has <code>daemon.listen("http://…")</code>
        </li>
      </ul>
    </section>
  );
}
