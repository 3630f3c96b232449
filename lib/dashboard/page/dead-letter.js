import { useId, useState } from 'preact/hooks';
import { useAction } from './action.js';
import { serverNow } from './clock.js';
import { Confirm } from './dialog.js';
import { html } from './html.js';
import { useMeta } from './meta.js';
import { Payload } from './payload.js';
import { href, jobHref } from './route.js';
import { Said } from './said.js';
import { bytesText, Foreign } from './text.js';
import { Time } from './time.js';

/**
 * @typedef {import('../wire.js').DeadRow} DeadRow
 * @typedef {import('../wire-actions.js').ActionView} ActionView
 */

/**
 * What was done to a letter that is shown.
 *
 * @typedef {{ readonly what: 'retried' | 'deleted', readonly outcome: ActionView, readonly at: number }} Told
 */

/**
 * One dead letter. What was done to it is said in its place, so that nothing moves under the reader's hand; one that is no dead letter any more is folded.
 *
 * @param {{ letter: DeadRow, tube: string, path: string, told: Told | undefined, onTold: (told: Told) => void }} props
 */
export function Letter({ letter, tube, path, told, onTold }) {
  const { id, reason, attempts, dueAt, mayHaveRun, foreign, copies, key, payload } = letter;
  const heading = useId();
  const isOver = told?.outcome.done === true;
  const head = html`<div class="heading">
      <h3 id=${heading}>
        ${foreign ? html`<span>Not a job of this package</span>` : html`<a href=${jobHref({ tube, id })}><${Foreign} text=${id} /></a>`}
        ${isOver ? html` <span class="badge">${told.what}</span>` : mayHaveRun && html` <span class="badge warn">may have run</span>`}
      </h3>
      ${told === undefined && !foreign && html`<${Actions} letter=${letter} path=${path} onTold=${onTold} />`}
      ${told !== undefined && html`<p class="outcome"><${Said} sentence=${told.outcome.text} /> <small><${Time} at=${told.at} /></small></p>`}
    </div>`;
  if (isOver) return html`<article aria-labelledby=${heading}>${head}</article>`;
  return html`<article aria-labelledby=${heading}>
    ${head}
    <p class="reason"><${Foreign} text=${reason} /></p>
    ${mayHaveRun && html`<p class="note">It came so late that it may have run before. A retry may run it a second time; “Retry all” leaves it out.</p>`}
    ${foreign && html`<p class="note">It cannot be retried. It is deleted with “Delete all”.</p>`}
    <dl class="facts">
      <div><dt>Attempts</dt><dd>${attempts}</dd></div>
      <div><dt>Was due</dt><dd><${Time} at=${dueAt} none="not known" /></dd></div>
      ${key !== null && html`<div><dt>Key</dt><dd><a href=${href('keys', null, { tube, key })}><${Foreign} text=${key} /></a></dd></div>`}
      <div class="wide">
        <dt>${copies.length === 1 ? 'Copy' : 'Copies'}</dt>
        <dd>${copies.map(({ node, number }) => html`<span class="copy" key=${`${node} ${number}`}><${Foreign} text=${node} /> <small>${number}</small></span>`)}</dd>
      </div>
    </dl>
    <details>
      <summary>Payload${payload.shown && html` <small>${bytesText(payload.bytes)}</small>`}</summary>
      <${Payload} payload=${payload} label=${`Payload of ${id}`} />
    </details>
  </article>`;
}

/** @param {{ letter: DeadRow, path: string, onTold: (told: Told) => void }} props */
function Actions({ letter, path, onTold }) {
  const { id, mayHaveRun } = letter;
  const meta = useMeta();
  const { busy, run } = useAction();
  const [asking, setAsking] = useState(/** @type {'retry' | 'delete' | null} */ (null));
  const tell = (/** @type {'retry' | 'delete'} */ what, /** @type {ActionView | null} */ outcome) => {
    if (outcome !== null) onTold({ what: what === 'retry' ? 'retried' : 'deleted', outcome, at: serverNow() });
  };
  const retry = async () => {
    if (mayHaveRun) setAsking('retry');
    else if (!busy) tell('retry', await run(`${path}/retry`, { id }));
  };
  if (meta.readOnly) return null;
  return html`<div class="buttons">
      <button type="button" aria-disabled=${busy} aria-label=${`Retry${mayHaveRun ? ' …' : ''}: ${id}`} onClick=${() => void retry()}>Retry${mayHaveRun && ' …'}</button>
      <button type="button" class="danger" aria-label=${`Delete …: ${id}`} onClick=${() => setAsking('delete')}>Delete …</button>
    </div>
    ${asking !== null && html`<${One} what=${asking} id=${id} path=${path} onDone=${(/** @type {ActionView} */ outcome) => tell(asking, outcome)} onClose=${() => setAsking(null)} />`}`;
}

/** @param {{ what: 'retry' | 'delete', id: string, path: string, onDone: (outcome: ActionView) => void, onClose: () => void }} props */
function One({ what, id, path, onDone, onClose }) {
  const retry = what === 'retry';
  return html`<${Confirm}
    title=${retry ? 'Retry a job that may have run' : 'Delete this dead letter'}
    label=${retry ? 'Retry' : 'Delete'}
    danger=${!retry}
    path=${`${path}/${what}`}
    body=${() => ({ id })}
    onDone=${onDone}
    onClose=${onClose}
  >
    <p>
      <b><${Foreign} text=${id} /></b>
      ${retry ? ' may have run before. Retry it only if its handler can run twice.' : ' cannot be brought back.'}
    </p>
  <//>`;
}
