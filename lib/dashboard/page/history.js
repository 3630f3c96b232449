import { useState } from 'preact/hooks';
import { Select } from './fields.js';
import { html } from './html.js';
import { useLoad } from './poll.js';
import { jobHref } from './route.js';
import { Empty, Problem } from './states.js';
import { Table } from './table.js';
import { Foreign } from './text.js';
import { durationText, Time } from './time.js';

/**
 * @typedef {import('../wire.js').HistoryView} HistoryView
 * @typedef {import('../wire.js').HistoryRow} HistoryRow
 */

const LIMIT = 50;
const outcomes = ['', 'done', 'retrying', 'again', 'dead', 'skipped', 'superseded'];
/** @type {Record<string, string>} */
const levels = { done: 'good', retrying: 'warn', dead: 'bad' };

/**
 * The last attempts in all processes: read when it comes into sight, and when it is asked for.
 *
 * @param {{ tube: string }} props
 */
export function History({ tube }) {
  const [outcome, setOutcome] = useState('');
  const path = `tubes/${encodeURIComponent(tube)}/history?${new URLSearchParams({ limit: String(LIMIT), ...(outcome && { outcome }) })}`;
  /** @type {import('./poll.js').Loaded<HistoryView>} */
  const { view, failure, loading, load } = useLoad(path);
  return html`<section aria-labelledby="history">
    <div class="heading">
      <h2 id="history">Last attempts, in all processes</h2>
      <div class="tools">
        <label class="inline"
          >Outcome
          <${Select} value=${outcome} options=${outcomes.map((name) => [name, name || 'any'])} onChange=${setOutcome} /></label
        >
        <button type="button" aria-disabled=${loading} onClick=${() => void load(path)}>Read again</button>
      </div>
    </div>
    ${failure !== null && html`<${Problem} failure=${failure} />`}
    ${view !== null && html`<${Attempts} entries=${view.entries} tube=${tube} />`}
  </section>`;
}

/** @param {{ entries: readonly HistoryRow[], tube: string | null }} props tube: leads from each to its job */
export function Attempts({ entries, tube }) {
  if (entries.length === 0) return html`<${Empty}>No attempt is kept.<//>`;
  return html`<${Table}
    caption="Attempts, the newest first"
    columns=${columnsOf(tube)}
    rows=${entries}
    keyOf=${(/** @type {HistoryRow} */ { id, attempt, at }) => `${id} ${attempt} ${at}`}
  />`;
}

/**
 * @param {string | null} tube
 * @returns {readonly (import('./table.js').Column<HistoryRow> | false)[]}
 */
function columnsOf(tube) {
  return [
    { label: 'When', cell: ({ at }) => html`<${Time} at=${at} />` },
    tube !== null && {
      label: 'Job',
      cell: ({ id }) => html`<a class="id" href=${jobHref({ tube, id })}><${Foreign} text=${id} /></a>`,
    },
    { label: 'Attempt', number: true, cell: ({ attempt }) => attempt },
    { label: 'Outcome', cell: ({ outcome }) => html`<${Outcome} outcome=${outcome} />` },
    { label: 'Late by', number: true, cell: ({ lateMs }) => durationText(Math.max(0, lateMs)) },
    { label: 'Took', number: true, cell: ({ tookMs }) => durationText(tookMs) },
    { label: 'Process', cell: ({ consumer }) => html`<span class="id"><${Foreign} text=${consumer} /></span>` },
    {
      label: 'Error',
      cell: ({ error }) => (error === null ? html`<span class="muted">–</span>` : html`<${Foreign} text=${error} />`),
    },
  ];
}

/** @param {{ outcome: string }} props */
export function Outcome({ outcome }) {
  return html`<span class=${`badge ${levels[outcome] ?? ''}`}><${Foreign} text=${outcome} /></span>`;
}
