import { html } from './html.js';
import { counted, Foreign, number } from './text.js';

/**
 * @typedef {import('../wire.js').TubeRow} TubeRow
 * @typedef {import('../wire.js').CopyState} CopyState
 * @typedef {import('../wire.js').JobRange} JobRange
 */

/** @type {readonly CopyState[]} */
export const copyStates = ['scheduled', 'ready', 'running', 'dead'];

/**
 * So many jobs, as far as copies tell.
 *
 * @param {{ range: JobRange | undefined }} props undefined: no node answered
 */
export function Jobs({ range }) {
  if (range === undefined) return html`<span class="muted">not known</span>`;
  const { least, most } = range;
  if (most === 0) return html`<span class="muted">0</span>`;
  if (least === most) return html`${number(most)}`;
  return html`<span class="range">about ${number(least)} <small>up to ${number(most)}</small></span>`;
}

/** What the figures mean, said once on each page that has them. */
export function JobsNote() {
  return html`<p class="note">
    Nodes count copies, and three copies are one job. “About 12, up to 36” says: the most on any one node is 12, the sum of all nodes is 36. A node
    that does not answer is left out, and named.
  </p>`;
}

/**
 * The copies of one tube on each node.
 *
 * @param {{ tube: TubeRow }} props
 */
export function Copies({ tube }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${`Copies of ${tube.name} on each node`}>
    <table>
      <caption>
        ${tube.nodes.length === 1 ? 'Its only node' : 'Copies on each node; three are one job. Jobs are counted from the most on one node up to the sum.'}
      </caption>
      <thead>
        <tr>
          <th scope="col">Node</th>
          ${copyStates.map((state) => html`<th scope="col" class="number" key=${state}>${titleOf(state)}</th>`)}
          <th scope="col" class="number">Waiting consumers</th>
        </tr>
      </thead>
      <tbody>
        ${tube.nodes.map(
          ({ node, counts }) =>
            html`<tr key=${node}>
              <th scope="row"><${Foreign} text=${node} /></th>
              ${
                counts === null
                  ? html`<td colspan="5"><span class="badge bad">does not answer</span> its copies are not known</td>`
                  : html`${copyStates.map((state) => html`<td class="number" key=${state}>${number(counts[state])}</td>`)}
                      <td class="number">${number(counts.watching)}</td>`
              }
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** @type {Readonly<Record<CopyState, string>>} */
const titles = { scheduled: 'Scheduled', ready: 'Ready', running: 'Held', dead: 'Dead' };

/** @param {CopyState} state */
export function titleOf(state) {
  return titles[state];
}

/** A consumer has a copy from a moment before its due time on. */
export function HeldNote() {
  return html`<p class="note">Held: a consumer has it, so it runs or is about to.</p>`;
}

/**
 * The nodes of a tube that did not answer.
 *
 * @param {TubeRow} tube
 */
export function silentNodes({ nodes }) {
  return nodes.filter(({ counts }) => counts === null).map(({ node }) => node);
}

/**
 * Each job has a copy on each of up to three nodes: as many as all of them have alike, so many it is.
 *
 * @param {TubeRow} tube
 * @param {CopyState} state
 * @param {string} noun
 */
export function jobsText({ nodes, jobs }, state, noun) {
  const { least, most } = jobs?.[state] ?? { least: 0, most: 0 };
  if (least === most) return counted(most, noun);
  const alike = nodes.length <= 3 && nodes.every(({ counts }) => counts?.[state] === least);
  return `about ${counted(least, noun)}${alike ? '' : ` (up to ${number(most)})`}`;
}

/** Why there is no list of them. */
export function NoListNote() {
  return html`<p class="note">
    Scheduled jobs cannot be listed: beanstalkd tells the one that is due next, and has no list, and a list in Redis would cost a round trip with each
    job. A single one is found by its handle or id (<a href="#/job">Job</a>), or by its key (<a href="#/keys">Keys</a>).
  </p>`;
}
