import { useEffect, useState } from 'preact/hooks';
import { read } from './api.js';
import { connection } from './connection.js';
import { Select } from './fields.js';
import { html } from './html.js';
import { href } from './route.js';
import { useStore } from './store.js';
import { Foreign } from './text.js';
import { Time, timeZoneText } from './time.js';

/** @typedef {import('../wire.js').MetaView} MetaView */

const links = [
  ['tubes', 'Tubes'],
  ['dead', 'Dead letters'],
  ['schedules', 'Schedules'],
  ['keys', 'Keys'],
  ['job', 'Job'],
  ['nodes', 'Nodes'],
  ['live', 'Live'],
];

/** @param {{ meta: MetaView | null, view: string }} props */
export function Header({ meta, view }) {
  return html`<header>
    <div class="bar">
      <p class="brand"><${Foreign} text=${meta?.title ?? 'Jobs'} /></p>
      ${meta?.readOnly && html`<span class="badge">read-only</span>`}
      <${ThemeSwitch} />
    </div>
    <nav aria-label="Views">
      <ul>
        ${links.map(
          ([name = '', label]) =>
            html`<li key=${name}><a href=${href(name)} aria-current=${name === view ? 'page' : undefined}>${label}</a></li>`,
        )}
      </ul>
    </nav>
  </header>`;
}

/** Milliseconds between two looks whether the application is back. */
const EVERY = 2_000;

/** While the application does not answer, this alone asks. */
export function Away() {
  const { away, since } = useStore(connection);
  useEffect(() => {
    if (!away) return undefined;
    const end = new AbortController();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void read('meta', end.signal).catch(() => undefined);
    }, EVERY);
    return () => {
      clearInterval(timer);
      end.abort();
    };
  }, [away]);
  return html`<div role="alert" class="away">
    ${
      away &&
      html`<p>
        <b>The application does not answer</b>${since !== null && html`; it was seen last <${Time} at=${since} />`}.
        What is shown below may be old. The page goes on by itself when it answers.
      </p>`
    }
  </div>`;
}

/** @param {{ meta: MetaView | null }} props */
export function Footer({ meta }) {
  return html`<footer>
    <p>
      All times are in ${timeZoneText()}.${
        meta !== null &&
        html` Process <${Foreign} text=${meta.process} />, nestjs-dq ${meta.version}${meta.embedded && ', embedded'}.`
      }
    </p>
  </footer>`;
}

const themes = /** @type {const} */ ({ system: 'System colours', light: 'Light', dark: 'Dark' });
const STORED = 'nestjs-dq-theme';

function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset['theme'] ?? 'system');
  const choose = (/** @type {string} */ chosen) => {
    setTheme(chosen);
    if (chosen === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
    dispatchEvent(new Event('themechange'));
    try {
      localStorage.setItem(STORED, chosen);
    } catch {
      // Storage may be refused: then the choice ends with the page.
    }
  };
  return html`<label class="theme">
    <span class="unseen">Colours</span>
    <${Select} value=${theme} options=${Object.entries(themes)} onChange=${choose} />
  </label>`;
}
