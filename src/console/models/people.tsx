import type { JSX } from "preact";
import { Age } from "../live/freshness.tsx";
import { useLive } from "../live/use-live.ts";
import { useObject } from "../object/context.ts";
import { useNow } from "../observing.ts";
import { howLong } from "../parts/times.ts";
import { type ModelMembers, peopleIn, type QUESTIONS } from "./model.ts";

/** What each question is about, in the plural; and what they are called one by one. */
const ABOUT: Readonly<Record<(typeof QUESTIONS)[number], string>> = {
  listViewers: "Viewers that are called",
  listWatchers: "Viewers that watch",
  listControllers: "Controllers",
};

/** Who watches a model and who may change it, since when. */
export function People({ members }: { readonly members: ModelMembers }): JSX.Element {
  return (
    <>
      {members.questions.map((question) => (
        <List key={question} question={question} />
      ))}
    </>
  );
}

function List({ question }: { readonly question: (typeof QUESTIONS)[number] }): JSX.Element {
  const { target } = useObject();
  const live = useLive({ object: target.object, kind: "answer", member: question });
  const now = useNow(1_000);
  const people = peopleIn(live.sample?.value);
  const isStale = live.freshness.name === "stale";
  return (
    <div class={isStale ? "people stale" : "people"}>
      <h3>
        {ABOUT[question]} {live.sample && <span class="badge">{people.length}</span>}
      </h3>
      {isStale && <Age live={live} now={now} />}
      {live.sample && people.length === 0 && <p class="muted">nobody</p>}
      <ul>
        {people.map(({ identity, proved, role, address, since, version, failures }) => (
          <li key={`${identity} ${address} ${since}`}>
            <strong>{identity}</strong> {role !== undefined && <span class="badge">{role}</span>}{" "}
            {proved && <span class="badge">proved</span>}{" "}
            <span class="muted">
              {[
                address !== identity && address !== "" && `from ${address}`,
                version !== undefined && `has version ${version}`,
                failures > 0 && `${failures} refreshes failed`,
              ]
                .filter(Boolean)
                .join(", ")}
              {since !== undefined && (
                <>
                  {" "}
                  since <time dateTime={since}>{howLong(now - Date.parse(since))}</time>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
