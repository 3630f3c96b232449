import { useRef, useState } from 'preact/hooks';
import { valueOf } from './dialog.js';
import { html } from './html.js';
import { useMeta } from './meta.js';
import { href } from './route.js';
import { useEvents } from './events.js';
import { Empty } from './states.js';
import { counted, Foreign } from './text.js';
import { Time } from './time.js';

/** @typedef {import('../wire.js').LiveEvent} LiveEvent */

const levels = /** @type {const} */ (['debug', 'log', 'warn', 'error']);

export function LivePage() {
  const meta = useMeta();
  const [level, setLevel] = useState('log');
  const [tube, setTube] = useState('');
  const [held, setHeld] = useState(/** @type {readonly LiveEvent[] | null} */ (null));
  const { events, state, missed } = useEvents();
  const newest = useRef(0);
  newest.current = events[0]?.seq ?? 0;
  const shown = (held ?? events).filter(
    (event) =>
      levels.indexOf(event.level) >= levels.findIndex((name) => name === level) && (tube === '' || event.tube === tube),
  );
  const waiting = held === null ? 0 : newest.current - (held[0]?.seq ?? 0);
  return html`<div class="heading">
      <h1 tabindex="-1">Live</h1>
      <div class="tools">
        <label class="inline"
          >Tube
          <select value=${tube} onChange=${(/** @type {Event} */ event) => setTube(valueOf(event))}>
            <option value="">all</option>
            ${meta.tubes.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
          </select></label
        >
        <label class="inline"
          >From
          <select value=${level} onChange=${(/** @type {Event} */ event) => setLevel(valueOf(event))}>
            ${levels.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
          </select></label
        >
        <button type="button" aria-pressed=${held !== null} onClick=${() => setHeld(held === null ? events : null)}>Hold still</button>
      </div>
    </div>
    <p class="note">
      Events of process <${Foreign} text=${meta.process} /> alone, since this view was opened; the last ${counted(500, 'event')} are kept. While this tab
      is hidden none are followed.
    </p>
    <p role="status">
      <span class=${`badge ${state === 'open' ? 'good' : 'warn'}`}>${state === 'open' ? 'following' : state === 'hidden' ? 'not followed' : 'connecting …'}</span>
      ${held !== null && html` held still; ${counted(waiting, 'newer event')}`}
      ${missed > 0 && html` ${counted(missed, 'event')} in between were missed.`}
    </p>
    ${
      shown.length === 0
        ? html`<${Empty}>${events.length === 0 ? 'Nothing has happened since this view was opened.' : 'No event is of this tube and level.'}<//>`
        : html`<ol class="events" role="list" aria-label="Events, the newest first">
            ${shown.map((event) => html`<${Line} key=${event.seq} event=${event} />`)}
          </ol>`
    }`;
}

/** @param {{ event: LiveEvent }} props */
function Line({ event: { at, type, tube, id, text, level } }) {
  return html`<li class=${level}>
    <${Time} at=${at} />
    <span class="badge">${type}</span>
    <span class="what"
      ><${Foreign} text=${text} />
      ${tube !== null && id !== null && html` <a href=${href('job', null, { tube, id })}>job<span class="unseen"> ${id}</span></a>`}</span
    >
  </li>`;
}
