import { useState } from 'preact/hooks';
import { Attention } from './attention.js';
import { serverNow } from './clock.js';
import { Copies, HeldNote, Jobs, JobsNote, NoListNote, silentNodes, titleOf } from './counts.js';
import { valueOf } from './fields.js';
import { html } from './html.js';
import { usePoll } from './poll.js';
import { go, href, jobHref } from './route.js';
import { Empty, Shown } from './states.js';
import { Table } from './table.js';
import { counted, Foreign, number } from './text.js';
import { Time } from './time.js';

/**
 * @typedef {import('../wire.js').TubesView} TubesView
 * @typedef {import('../wire.js').TubeRow} TubeRow
 */

/** With fewer tubes there is nothing to look for. */
const MANY = 8;

/** @param {{ query: URLSearchParams }} props */
export function TubesPage({ query }) {
  /** @type {import('./poll.js').Shown<TubesView>} */
  const polled = usePoll('tubes');
  return html`<h1 tabindex="-1">Tubes</h1>
    <${Shown} of=${polled}>${(/** @type {TubesView} */ { tubes }) => html`<${Tubes} tubes=${tubes} query=${query} />`}<//>`;
}

/** @param {{ tubes: readonly TubeRow[], query: URLSearchParams }} props */
function Tubes({ tubes: all, query }) {
  const [sought, setSought] = useState('');
  const copies = query.get('copies') === '1';
  const tubes = all.filter(({ idle }) => !idle);
  if (tubes.length === 0) return html`<${Empty}>This application has declared no tube.<//>`;
  const found = tubes.filter(({ name }) => name.toLowerCase().includes(sought.toLowerCase()));
  return html`<${Attention} tubes=${tubes} />
    <section aria-labelledby="tubes">
      <div class="heading">
        <h2 id="tubes">All tubes</h2>
        <div class="tools">
          ${
            tubes.length > MANY &&
            html`<label class="inline"
              >Find
              <input type="search" value=${sought} onInput=${(/** @type {Event} */ event) => setSought(valueOf(event))}
            /></label>`
          }
          <label class="inline">
            <input
              type="checkbox"
              checked=${copies}
              onChange=${() => go(href('tubes', null, { copies: copies ? null : '1' }), { replace: true })}
            />
            Copies on each node
          </label>
        </div>
      </div>
      ${
        found.length === 0
          ? html`<${Empty}>No tube has this in its name. There are ${counted(tubes.length, 'tube')}.<//>`
          : html`<${Table}
              caption="Tubes, with the jobs in each state"
              columns=${columns}
              rows=${found}
              keyOf=${(/** @type {TubeRow} */ { name }) => name}
              below=${(/** @type {TubeRow} */ tube) => copies && html`<${Copies} tube=${tube} />`}
            />`
      }
      ${tubes.some(({ nodes }) => nodes.length > 1) && html`<${JobsNote} />`}
      <${HeldNote} />
      <${NoListNote} />
    </section>`;
}

/** @type {readonly import('./table.js').Column<TubeRow>[]} */
const columns = [
  { label: 'Tube', heading: true, cell: (tube) => html`<${Name} tube=${tube} />` },
  .../** @type {const} */ (['scheduled', 'ready', 'running']).map((state) => ({
    label: titleOf(state),
    number: true,
    cell: (/** @type {TubeRow} */ { jobs }) => html`<${Jobs} range=${jobs?.[state]} />`,
  })),
  {
    label: 'Dead',
    number: true,
    cell: ({ name, jobs }) =>
      jobs !== null && jobs.dead.most > 0
        ? html`<a class="dead" href=${href('dead', name)}><${Jobs} range=${jobs.dead} /></a>`
        : html`<${Jobs} range=${jobs?.dead} />`,
  },
  { label: 'Due next', cell: (tube) => html`<${Next} tube=${tube} />` },
  {
    label: 'Running here',
    number: true,
    cell: ({ here }) =>
      here === null
        ? html`<span class="muted" title="This process has no handler for it">no handler</span>`
        : html`${here.running} of ${here.concurrency}`,
  },
  {
    label: 'Consumers',
    number: true,
    cell: ({ consumers }) => (consumers === null ? html`<span class="muted">not known</span>` : number(consumers)),
  },
];

/** @param {{ tube: TubeRow }} props */
function Name({ tube }) {
  const silent = silentNodes(tube);
  return html`<a href=${href('tubes', tube.name)}><${Foreign} text=${tube.name} /></a>
    <${PauseBadge} pause=${tube.pause} />
    ${silent.length > 0 && html`<span class="badge bad">${silent.length} of ${counted(tube.nodes.length, 'node')} silent</span>`}`;
}

/** @param {{ pause: import('../wire.js').PauseState }} props */
export function PauseBadge({ pause }) {
  if (pause.state === 'open') return null;
  return pause.state === 'paused'
    ? html`<span class="badge warn">paused</span>`
    : html`<span class="badge" title="Redis did not say whether it is paused">paused? not known</span>`;
}

/** @param {{ tube: TubeRow }} props */
export function Next({ tube: { name, next, jobs } }) {
  if (next === null) return html`<span class="muted">–</span>`;
  // A node shows it first, and hides what is behind it.
  const isLate = next.dueAt < serverNow() && jobs?.ready.most === 0;
  return html`<a href=${jobHref({ tube: name, ...next })}><${Time} at=${next.dueAt} /><span class="unseen">, the job of ${name} that is due next</span></a>${isLate && html` <small>runs, or waits for another attempt</small>`}`;
}
