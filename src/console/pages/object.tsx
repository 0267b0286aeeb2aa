import { signatureOf } from "../../objects/description.ts";
import { useObject } from "../session.ts";

/** One object: what it says of itself. */
export function ObjectPage({ object }: { readonly object: string }) {
  const state = useObject(object);
  const description = state.name === "connecting" ? undefined : state.description;
  return (
    <>
      <h1>{object}</h1>
      {state.name === "connecting" && <p>Connecting …</p>}
      {state.name === "lost" && <p role="alert">{state.reason}</p>}
      {description?.doc && <p class="doc">{description.doc}</p>}
      <ul>
        {[...(description?.members.values() ?? [])].map((member) => (
          <li key={member.name}>
            <code>{signatureOf(member)}</code>
            {member.doc && <p class="doc">{member.doc}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}
