import { Attempts } from './history.js';
import { html } from './html.js';
import { JobActions } from './job-actions.js';
import { Payload } from './payload.js';
import { href } from './route.js';
import { Said } from './said.js';
import { Silent } from './states.js';
import { bytesText, Foreign } from './text.js';
import { FullTime, Time } from './time.js';

/** @typedef {import('../wire.js').JobView} JobView */

/** @type {Record<string, string>} */
const levels = { done: 'good', dead: 'bad', revoked: 'warn', retrying: 'warn', lost: 'bad' };

/** @param {{ view: JobView, handle: string | null, loading: boolean, again: () => void }} props */
export function JobFound({ view, handle, loading, again }) {
  const { state, id, why, silent, copies, payload, history } = view;
  return html`<section class="card" aria-labelledby="found">
    <div class="heading">
      <h2 id="found">${id === null ? 'Job' : html`<${Foreign} text=${id} />`} <span class=${`badge ${levels[state] ?? ''}`}>${state}</span></h2>
      <div class="buttons">
        <span class="muted">read <${Time} at=${view.at} /></span>
        <button type="button" aria-disabled=${loading} onClick=${again}>Look again</button>
        <${JobActions} view=${view} handle=${handle} onDone=${again} />
      </div>
    </div>
    ${why.length > 0 && html`<${Why} view=${view} />`}
    <${Silent} nodes=${silent}>Copies there are not known.<//>
    <${Facts} view=${view} />
    <h3>Copies</h3>
    <${Copies} copies=${copies} />
    ${payload !== null && html`<h3>Payload${payload.shown && html` <small>${bytesText(payload.bytes)}</small>`}</h3><${Payload} payload=${payload} label="Payload" />`}
    ${history !== null && html`<h3>Attempts</h3><${Attempts} entries=${history} tube=${null} />`}
  </section>`;
}

/** @param {{ view: JobView }} props */
export function Why({ view: { why, tube, state } }) {
  return html`<div class="why">
    <h3>${state === 'dead' ? 'Why it was given up' : 'Why it has not run'}</h3>
    <ul>
      ${why.map((sentence, index) => html`<li key=${index}><${Said} sentence=${sentence} /></li>`)}
    </ul>
    <p class="links"><a href=${href('tubes', tube)}>The tube</a> <a href=${href('dead', tube)}>Its dead letters</a> <a href=${href('nodes')}>Nodes</a></p>
  </div>`;
}

/** @param {{ view: JobView }} props */
function Facts({ view: { tube, state, dueAt, attempt, until, reason } }) {
  return html`<dl class="facts">
    <div><dt>Tube</dt><dd><a href=${href('tubes', tube)}><${Foreign} text=${tube} /></a></dd></div>
    <div><dt>Due</dt><dd>${dueAt === null ? 'not known' : html`<${FullTime} at=${dueAt} />`}</dd></div>
    ${attempt !== null && html`<div><dt>${state === 'dead' ? 'Attempts' : 'Attempt'}</dt><dd>${attempt}</dd></div>`}
    ${until !== null && html`<div><dt>${state === 'running' ? 'Lease lasts until' : 'Waits until'}</dt><dd><${FullTime} at=${until} /></dd></div>`}
    ${reason !== null && html`<div class="wide"><dt>Reason</dt><dd><${Foreign} text=${reason} /></dd></div>`}
  </dl>`;
}

/** @param {{ copies: JobView['copies'] }} props */
function Copies({ copies }) {
  if (copies === null)
    return html`<p class="note">An id names no node, so copies are not looked for. With the handle they are.</p>`;
  if (copies.length === 0) return html`<p class="note">No node that answered has a copy.</p>`;
  return html`<table class="small">
    <thead>
      <tr><th scope="col">Node</th><th scope="col">Copy</th></tr>
    </thead>
    <tbody>
      ${copies.map(({ node, state }) => html`<tr key=${node}><th scope="row"><${Foreign} text=${node} /></th><td>${state}</td></tr>`)}
    </tbody>
  </table>`;
}
