import { useState } from 'preact/hooks';
import { Select } from './fields.js';
import { html } from './html.js';
import { useMeta } from './meta.js';
import { jobHref } from './route.js';
import { useEvents } from './events.js';
import { Said } from './said.js';
import { Empty } from './states.js';
import { counted, Foreign } from './text.js';
import { Time } from './time.js';

/** @typedef {import('../wire.js').LiveEvent} LiveEvent */

/** Each with those behind it. @type {Record<LiveEvent['level'], string>} */
const levels = { debug: 'everything', log: 'what the log has', warn: 'warnings and errors', error: 'errors' };
const order = Object.keys(levels);

const states = {
  open: 'following',
  connecting: 'connecting …',
  hidden: 'not followed',
  refused: 'refused; asked for again in a moment',
};

export function LivePage() {
  const meta = useMeta();
  const [level, setLevel] = useState('debug');
  const [tube, setTube] = useState('');
  const [held, setHeld] = useState(/** @type {readonly LiveEvent[] | null} */ (null));
  const { events, state } = useEvents(meta.process);
  const shown = (held ?? events).filter(
    (event) => order.indexOf(event.level) >= order.indexOf(level) && (tube === '' || event.tube === tube),
  );
  const seen = held === null ? 0 : events.findIndex(({ seq }) => seq === held[0]?.seq);
  const waiting = seen < 0 ? events.length : seen;
  return html`<div class="heading">
      <h1 tabindex="-1">Live</h1>
      <div class="tools">
        <label class="inline"
          >Tube
          <${Select} value=${tube} options=${[['', 'all'], ...meta.tubes.map(({ name }) => [name, name])]} onChange=${setTube} /></label
        >
        <label class="inline"
          >Level
          <${Select} value=${level} options=${Object.entries(levels)} onChange=${setLevel} /></label
        >
        <button type="button" aria-pressed=${held !== null} onClick=${() => setHeld(held === null ? events : null)}>Hold still</button>
      </div>
    </div>
    <p class="note">
      Events of process <${Foreign} text=${meta.process} /> alone: first what its log had lately, then what happens. The last ${counted(500, 'event')} are kept,
      and while this tab is hidden none are followed.
    </p>
    <p role="status">
      <span class=${`badge ${state === 'open' ? 'good' : 'warn'}`}>${states[state]}</span>
      ${held !== null && html` held still; ${counted(waiting, 'newer event')}`}
    </p>
    ${
      shown.length === 0
        ? html`<${Empty}>${events.length === 0 ? 'Nothing has happened yet.' : 'No event is of this tube and level.'}<//>`
        : html`<ol class="events" role="list" aria-label="Events, the newest first">
            ${shown.map((event) => html`<${Line} key=${event.seq} event=${event} />`)}
          </ol>`
    }`;
}

/** @param {{ event: LiveEvent }} props */
function Line({ event: { at, type, tube, id, handle, text, level } }) {
  return html`<li class=${level}>
    <${Time} at=${at} />
    <span class="badge">${type}</span>
    <span class="what"
      ><${Said} sentence=${text} />
      ${tube !== null && id !== null && html` <a href=${jobHref({ tube, id, handle })}>job<span class="unseen"> ${id}</span></a>`}</span
    >
  </li>`;
}
