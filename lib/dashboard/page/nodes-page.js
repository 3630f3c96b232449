import { html } from './html.js';
import { useMeta } from './meta.js';
import { usePoll } from './poll.js';
import { Empty, Shown } from './states.js';
import { Table } from './table.js';
import { Foreign, number } from './text.js';
import { durationText, FullTime, Time } from './time.js';

/**
 * @typedef {import('../wire.js').NodesView} NodesView
 * @typedef {import('../wire.js').NodeRow} NodeRow
 * @typedef {import('../wire.js').StoreRow} StoreRow
 */

export function NodesPage() {
  const { embedded } = useMeta();
  /** @type {import('./poll.js').Shown<NodesView>} */
  const polled = usePoll('nodes');
  return html`<h1 tabindex="-1">Nodes and Redis</h1>
    ${embedded && html`<p class="note">This application is embedded: its node and its claims live in its own process.</p>`}
    <${Shown} of=${polled}
      >${(/** @type {NodesView} */ { nodes, store }) =>
        html`<section aria-labelledby="nodes">
            <h2 id="nodes">Nodes</h2>
            ${
              nodes.length === 0
                ? html`<${Empty}>No node is configured.<//>`
                : html`<${Table} caption="beanstalkd nodes" columns=${columns} rows=${nodes} keyOf=${(/** @type {NodeRow} */ { node }) => node} />
                    <${AwayNote} nodes=${nodes} />`
            }
          </section>
          <${StorePart} store=${store} />`}<//
    >`;
}

/** @typedef {Extract<NodeRow, { reachable: true }>} Reachable */

/**
 * @param {(node: Reachable) => unknown} cell
 * @returns {(node: NodeRow) => unknown}
 */
const known = (cell) => (node) => (node.reachable ? cell(node) : html`<span class="muted">not known</span>`);

/** @type {readonly import('./table.js').Column<NodeRow>[]} */
const columns = [
  { label: 'Node', heading: true, cell: ({ node }) => html`<${Foreign} text=${node} />` },
  { label: 'State', cell: (node) => html`<${State} node=${node} />` },
  {
    label: 'Keeps its log',
    cell: known(({ binlog, binlogMoving }) => html`<${Binlog} binlog=${binlog} moving=${binlogMoving} />`),
  },
  { label: 'Up for', number: true, cell: known(({ uptimeSeconds }) => durationText(uptimeSeconds * 1_000)) },
  { label: 'Connections', number: true, cell: known(({ connections }) => number(connections)) },
  { label: 'beanstalkd', cell: known(({ version }) => html`<${Foreign} text=${version} />`) },
];

/** @param {{ node: NodeRow }} props */
function State({ node }) {
  if (node.reachable) {
    return node.draining
      ? html`<span class="stack"><span class="badge warn">draining</span> <small>it takes no new jobs</small></span>`
      : html`<span class="badge good">answers</span>`;
  }
  return html`<span class="stack"
    ><span class="badge bad">does not answer</span> <small><${Foreign} text=${node.reason.replace(/\.$/, '')} />${
      node.awaySince !== null && html`, away since <${Time} at=${node.awaySince} />`
    }</small></span
  >`;
}

/** @param {{ nodes: readonly NodeRow[] }} props */
function AwayNote({ nodes }) {
  const away = nodes.filter(({ reachable }) => !reachable).length;
  if (away === 0) return null;
  return html`<p class="note">
    ${
      away === nodes.length
        ? 'No node answers: no job can be scheduled, and none starts.'
        : 'Jobs go on with the nodes that answer. A job whose copies are all on others waits.'
    }
    ${' '}Start what is away again: a node that kept its log has its jobs.
  </p>`;
}

/** @param {{ binlog: boolean, moving: boolean | null }} props */
function Binlog({ binlog, moving }) {
  const { embedded } = useMeta();
  if (!binlog)
    return html`<span class="stack"><span class="badge warn">no</span> <small>${embedded ? 'its jobs end with the process' : 'a restart loses its copies: start it with -b'}</small></span>`;
  if (moving === false) {
    return html`<span class="stack"><span class="badge bad">stands still</span> <small>jobs come and nothing is written: is its disk full?</small></span>`;
  }
  return html`<span class="stack">yes <small>${moving === null ? 'nothing was put since the last look' : 'and writes it'}</small></span>`;
}

const kinds = { redis: 'Redis', memory: 'memory of this process', file: 'a file of this process' };

/** @param {{ store: StoreRow }} props */
function StorePart({ store: { kind, reachable, reason, warnings, awaySince } }) {
  return html`<section aria-labelledby="store">
    <h2 id="store">${kind === 'redis' ? 'Redis' : 'Claims'}</h2>
    <dl class="facts">
      <div><dt>Claims are in</dt><dd>${kinds[kind]}</dd></div>
      <div>
        <dt>State</dt>
        <dd>
          ${reachable ? html`<span class="badge good">answers</span>` : html`<span class="badge bad">does not answer</span>`}
          ${awaySince !== null && html` away since <${FullTime} at=${awaySince} />`}
        </dd>
      </div>
    </dl>
    ${
      !reachable &&
      html`<p class="box bad">
        ${reason !== null && html`<b><${Foreign} text=${reason} /></b> `}While it is away jobs can be scheduled, and none starts. What runs finishes.
      </p>`
    }
    ${
      warnings.length > 0
        ? html`<ul class="matters">${warnings.map((warning) => html`<li class="warn" key=${warning}><span><${Foreign} text=${warning} /></span></li>`)}</ul>`
        : reachable && html`<p class="calm">No warning about how it is set up.</p>`
    }
  </section>`;
}
