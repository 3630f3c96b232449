import { html } from './html.js';
import { jobsText, silentNodes } from './counts.js';
import { href } from './route.js';
import { Foreign } from './text.js';
import { Time } from './time.js';

/**
 * @typedef {import('../wire.js').TubeRow} TubeRow
 * @typedef {{ readonly level: 'bad' | 'warn', readonly to: string, readonly say: unknown }} Matter
 */

/** More are not of use at once. */
const MOST = 8;

/**
 * What whoever is on call should look at, worst first.
 *
 * @param {readonly TubeRow[]} tubes
 * @returns {Matter[]}
 */
export function mattersOf(tubes) {
  const silent = [...new Set(tubes.flatMap(silentNodes))];
  const unknown = tubes.some(({ pause }) => pause.state === 'unknown');
  /** @type {Matter[]} */
  const all = [
    ...(unknown
      ? [
          {
            level: /** @type {const} */ ('bad'),
            to: href('nodes'),
            say: html`<b>No job starts anywhere</b> until Redis answers.`,
          },
        ]
      : []),
    ...silent.map((node) => ({
      level: /** @type {const} */ ('bad'),
      to: href('nodes'),
      say: html`Node <${Foreign} text=${node} /> does not answer: its copies are not counted.`,
    })),
    ...tubes.flatMap(mattersOfTube),
  ];
  return all.toSorted((one, other) => one.level.localeCompare(other.level));
}

/**
 * @param {TubeRow} row
 * @returns {Matter[]}
 */
function mattersOfTube(row) {
  const { name, pause, jobs, consumers } = row;
  /** @type {Matter[]} */
  const found = [];
  const tube = html`<b><${Foreign} text=${name} /></b>`;
  const paused = pause.state === 'paused';
  if (paused) {
    const why = pause.reason === null ? '' : html`: “<${Foreign} text=${pause.reason} />”`;
    found.push({
      level: 'warn',
      to: href('tubes', name),
      say: html`${tube} is paused, since <${Time} at=${pause.since} />${why}`,
    });
  }
  const waiting = (jobs?.ready.most ?? 0) + (jobs?.scheduled.most ?? 0) > 0;
  if (!paused && waiting && consumers === 0) {
    found.push({ level: 'bad', to: href('tubes', name), say: html`${tube} has jobs, and no process takes them.` });
  }
  if (jobs !== null && jobs.dead.most > 0) {
    found.push({
      level: 'warn',
      to: href('dead', name),
      say: html`${tube} has ${jobsText(row, 'dead', 'dead letter')}.`,
    });
  }
  return found;
}

/** @param {{ tubes: readonly TubeRow[] }} props */
export function Attention({ tubes }) {
  const matters = mattersOf(tubes);
  const left = matters.length - MOST;
  return html`<section aria-labelledby="attention">
    <h2 id="attention">Needs a look</h2>
    ${
      matters.length === 0
        ? html`<p class="calm">Nothing: every node answers, no tube is paused, no dead letter waits.</p>`
        : html`<ul class="matters">
            ${matters
              .slice(0, MOST)
              .map(
                ({ level, to, say }, index) =>
                  html`<li key=${`${to}${index}`} class=${level}><span>${say}</span> <a href=${to}>Look<span class="unseen"> at it</span></a></li>`,
              )}
            ${left > 0 && html`<li class="muted">and ${left} more in the table below</li>`}
          </ul>`
    }
  </section>`;
}
