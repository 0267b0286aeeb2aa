import { render } from "preact";
import { App } from "./app.tsx";
import { Session } from "./session.ts";

const session = new Session();
session.gateway.start();
const place = document.getElementById("app");
if (place) {
  place.replaceChildren();
  render(<App session={session} />, place);
}
