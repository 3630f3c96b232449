import { Jobs, JobsNote } from './counts.js';
import { html } from './html.js';
import { usePoll } from './poll.js';
import { href } from './route.js';
import { Empty, Shown } from './states.js';
import { Table } from './table.js';
import { Foreign } from './text.js';

/**
 * @typedef {import('../wire.js').TubesView} TubesView
 * @typedef {import('../wire.js').TubeRow} TubeRow
 */

/** Where dead letters are. */
export function DeadTubesPage() {
  /** @type {import('./poll.js').Shown<TubesView>} */
  const polled = usePoll('tubes');
  return html`<h1 tabindex="-1">Dead letters</h1>
    <p>Jobs that failed for good. They stay on the nodes until somebody retries or deletes them.</p>
    <${Shown} of=${polled}>${(/** @type {TubesView} */ { tubes }) => html`<${Tubes} tubes=${tubes} />`}<//>`;
}

/** @param {{ tubes: readonly TubeRow[] }} props */
function Tubes({ tubes }) {
  const unknown = tubes.filter(({ jobs }) => jobs === null);
  const dead = tubes.filter(({ jobs }) => jobs !== null && jobs.dead.most > 0);
  const silent = tubes.some(({ nodes }) => nodes.some(({ counts }) => counts === null));
  return html`${
    silent &&
    html`<p class="box warn">A node does not answer: dead letters that are on it alone are not counted. <a href=${href('nodes')}>Nodes</a></p>`
  }
    ${
      dead.length + unknown.length === 0
        ? html`<${Empty}>${silent ? 'The nodes that answer have no dead letter.' : 'There is no dead letter in any tube.'}<//>`
        : html`<${Table}
              caption="Tubes with dead letters"
              columns=${columns}
              rows=${[...dead, ...unknown]}
              keyOf=${(/** @type {TubeRow} */ { name }) => name}
            />
            <${JobsNote} />`
    }`;
}

/** @type {readonly import('./table.js').Column<TubeRow>[]} */
const columns = [
  {
    label: 'Tube',
    heading: true,
    cell: ({ name }) => html`<a href=${href('dead', name)}><${Foreign} text=${name} /></a>`,
  },
  { label: 'Dead letters', number: true, cell: ({ jobs }) => html`<${Jobs} range=${jobs?.dead} />` },
];
