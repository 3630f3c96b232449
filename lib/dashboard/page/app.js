import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { read } from './api.js';
import { connected, connection } from './connection.js';
import { DeadPage } from './dead-page.js';
import { DeadTubesPage } from './dead-tubes-page.js';
import { html } from './html.js';
import { JobPage } from './job-page.js';
import { KeysPage } from './keys-page.js';
import { LivePage } from './live-page.js';
import { Meta } from './meta.js';
import { NodesPage } from './nodes-page.js';
import { Notices, putDoneAway } from './notices.js';
import { asFailure } from './poll.js';
import { useRoute } from './route.js';
import { SchedulesPage } from './schedules-page.js';
import { Away, Footer, Header } from './shell.js';
import { Empty, Loading, Problem } from './states.js';
import { useStore } from './store.js';
import { TubePage } from './tube-page.js';
import { TubesPage } from './tubes-page.js';

/**
 * @typedef {import('../wire.js').MetaView} MetaView
 * @typedef {import('./failure.js').Failure} Failure
 */

/** The name of a view, and what draws it. @type {Record<string, { title: string, draw: (route: import('./route.js').Route) => unknown }>} */
const views = {
  tubes: {
    title: 'Tubes',
    draw: ({ name, query }) =>
      name === null
        ? html`<${TubesPage} query=${query} />`
        : html`<${TubePage} key=${name} name=${name} query=${query} />`,
  },
  dead: {
    title: 'Dead letters',
    draw: ({ name }) => (name === null ? html`<${DeadTubesPage} />` : html`<${DeadPage} key=${name} name=${name} />`),
  },
  schedules: { title: 'Schedules', draw: () => html`<${SchedulesPage} />` },
  keys: { title: 'Keys', draw: ({ query }) => html`<${KeysPage} key=${query.toString()} query=${query} />` },
  job: { title: 'Job', draw: ({ query }) => html`<${JobPage} key=${query.toString()} query=${query} />` },
  nodes: { title: 'Nodes and Redis', draw: () => html`<${NodesPage} />` },
  live: { title: 'Live', draw: () => html`<${LivePage} />` },
};

export function App() {
  const { meta, failure } = useMetaView();
  const route = useRoute();
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const place = `${route.view}/${route.name ?? ''}`;
  const view = views[route.view];
  useTitle([route.name, view?.title, meta?.title]);
  useFocusOn(main, place);
  const inside = () => {
    if (meta === null) return failure === null ? Loading() : html`<${Problem} failure=${failure} />`;
    if (view === undefined) return html`<h1 tabindex="-1">No such view</h1><${Empty}>Choose one above.<//>`;
    return view.draw(route);
  };
  return html`<${Meta.Provider} value=${meta}>
    <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => skip(event, main.current)}>To the content</a>
    <${Header} meta=${meta} view=${route.view} />
    <${Away} />
    <main id="main" ref=${main} tabindex="-1">${inside()}</main>
    <${Notices} />
    <${Footer} meta=${meta} />
  <//>`;
}

/**
 * Asked for at the start, and again after the application was away: it may be another one now.
 *
 * @returns {{ meta: MetaView | null, failure: Failure | null }}
 */
function useMetaView() {
  const [state, setState] = useState(
    /** @type {{ meta: MetaView | null, failure: Failure | null }} */ ({ meta: null, failure: null }),
  );
  const { away } = useStore(connection);
  const ask = useCallback(async (/** @type {AbortSignal} */ signal) => {
    try {
      /** @type {MetaView} */
      const meta = await read('meta', signal);
      setState({ meta, failure: null });
    } catch (error) {
      if (!signal.aborted) setState(({ meta }) => ({ meta, failure: asFailure(error) }));
    }
  }, []);
  useEffect(() => {
    const end = new AbortController();
    if (!away) void ask(end.signal);
    else void connected(end.signal);
    return () => end.abort();
  }, [away, ask]);
  return state;
}

/** @param {readonly (string | null | undefined)[]} parts */
function useTitle(parts) {
  const title = parts.filter(Boolean).join(' · ');
  useEffect(() => {
    if (title !== '') document.title = title;
  }, [title]);
}

/**
 * Who went elsewhere reads on at its heading; who has just come stays where the browser begins.
 *
 * @param {{ readonly current: HTMLElement | null }} main
 * @param {string} place
 */
function useFocusOn(main, place) {
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    putDoneAway();
    main.current?.querySelector('h1')?.focus();
    scrollTo(0, 0);
  }, [main, place]);
}

/**
 * What stands behind the `#` is the view, so the link cannot simply be followed.
 *
 * @param {Event} event
 * @param {HTMLElement | null} main
 */
function skip(event, main) {
  event.preventDefault();
  main?.focus();
}
