import { useState } from 'preact/hooks';
import { Confirm } from './dialog.js';
import { html } from './html.js';
import { useMeta } from './meta.js';

/**
 * @typedef {import('../wire.js').JobView} JobView
 * @typedef {'retry' | 'delete' | 'revoke'} Deed
 */

/** There is nothing to take back. */
const OVER = new Set(['done', 'dead', 'revoked', 'foreign']);

/** @type {Readonly<Record<Deed, { readonly label: string, readonly title: string, readonly danger: boolean, readonly told: string }>>} */
const deeds = {
  retry: {
    label: 'Retry',
    title: 'Retry this dead letter',
    danger: false,
    told: 'It runs again as soon as a consumer is free. Where its reason says that it may have run before, its handler has to be able to run twice.',
  },
  delete: { label: 'Delete', title: 'Delete this dead letter', danger: true, told: 'It cannot be brought back.' },
  revoke: {
    label: 'Revoke',
    title: 'Revoke this job',
    danger: true,
    told: 'It never runs, and cannot be brought back. If it is running already, it goes on.',
  },
};

/**
 * What can be done to a job as it is now.
 *
 * @param {{ view: JobView, handle: string | null, onDone: () => void }} props
 */
export function JobActions({ view: { state, tube, id }, handle, onDone }) {
  const { readOnly } = useMeta();
  const [asking, setAsking] = useState(/** @type {Deed | null} */ (null));
  if (readOnly) return null;
  const can = possible(state, id, handle);
  const path = (/** @type {Deed} */ deed) =>
    deed === 'revoke' ? 'job/revoke' : `tubes/${encodeURIComponent(tube)}/dead/${deed}`;
  return html`${can.map((deed) => {
    const { label, danger } = deeds[deed];
    return html`<button type="button" key=${deed} class=${danger ? 'danger' : ''} onClick=${() => setAsking(deed)}>${label} …</button>`;
  })}
  ${
    asking !== null &&
    html`<${Confirm}
      title=${deeds[asking].title}
      label=${deeds[asking].label}
      danger=${deeds[asking].danger}
      path=${path(asking)}
      body=${() => (asking === 'revoke' ? { handle } : { id })}
      onDone=${onDone}
      onClose=${() => setAsking(null)}
    >
      <p>${deeds[asking].told}</p>
    <//>`
  }`;
}

/**
 * @param {string} state
 * @param {string | null} id
 * @param {string | null} handle
 * @returns {readonly Deed[]}
 */
function possible(state, id, handle) {
  if (state === 'dead' && id !== null) return ['retry', 'delete'];
  return handle === null || OVER.has(state) ? [] : ['revoke'];
}
