import { useEffect, useRef, useState } from "preact/hooks";
import { Page } from "./pages/index.tsx";
import { ConnectionBar, ConnectionStatus } from "./parts/connection.tsx";
import { Search } from "./parts/search.tsx";
import { ThemeSwitch } from "./parts/theme.tsx";
import { hrefOf, type Route, readRoute } from "./router.ts";
import { type Session, SessionContext, useGatewayState } from "./session.ts";

/** What stands around every page. */
export function App({ session }: { readonly session: Session }) {
  return (
    <SessionContext.Provider value={session}>
      <Shell />
    </SessionContext.Provider>
  );
}

function Shell() {
  const route = useRoute();
  const state = useGatewayState();
  const main = useRef<HTMLElement>(null);
  return (
    <div class="shell" data-link={state.name}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <a class="brand" href={hrefOf({ name: "home", query: "" })}>
          <Flame />
          <span class="brand-name">Bunsen</span>
        </a>
        <nav aria-label="Pages">
          <PageLink to={{ name: "home", query: "" }} current={route}>
            Lab
          </PageLink>
          <PageLink to={{ name: "plots" }} current={route}>
            Plots
          </PageLink>
        </nav>
        <Search route={route} />
        <ConnectionStatus state={state} />
        <ThemeSwitch />
      </header>
      <ConnectionBar state={state} />
      <main id="main" ref={main} tabIndex={-1}>
        <Page route={route} />
      </main>
    </div>
  );
}

interface PageLinkProps {
  readonly to: Route;
  readonly current: Route;
  readonly children: string;
}

function PageLink({ to, current, children }: PageLinkProps) {
  return (
    <a href={hrefOf(to)} aria-current={to.name === current.name ? "page" : undefined}>
      {children}
    </a>
  );
}

function Flame() {
  return (
    <svg class="flame" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 0c3 4 4 5.500 4 8.500a4 4 0 0 1-8 0C4 6 6 5 8 0z" />
      <rect x="5" y="13.500" width="6" height="2.500" rx="1" />
    </svg>
  );
}

/** The route of the address now. A new page begins at its top, with the focus on it: as if it had been loaded. */
function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  const shown = useRef(pageOf(route));
  useEffect(() => {
    const follow = () => {
      const next = readRoute(location.hash);
      setRoute(next);
      if (pageOf(next) === shown.current) return;
      shown.current = pageOf(next);
      scrollTo(0, 0);
      document.getElementById("main")?.focus({ preventScroll: true });
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

/** What is one page, whatever is searched for on it. */
function pageOf(route: Route): string {
  return route.name === "object" ? `object ${route.object}` : route.name;
}
