import { Chart } from './chart.js';
import { html } from './html.js';
import { useMeta } from './meta.js';
import { usePoll } from './poll.js';
import { Empty, Shown } from './states.js';
import { counted, Foreign, number } from './text.js';
import { durationText } from './time.js';

/**
 * @typedef {import('../wire.js').MetersView} MetersView
 * @typedef {'completed' | 'failed' | 'dead' | 'lateP50' | 'lateP99' | 'tookP50' | 'tookP99'} List
 */

/**
 * What this process has done with the jobs of a tube.
 *
 * @param {{ tube: string }} props
 */
export function Meters({ tube }) {
  const meta = useMeta();
  /** @type {import('./poll.js').Shown<MetersView>} */
  const polled = usePoll(`meters?${new URLSearchParams({ tube })}`);
  return html`<section aria-labelledby="meters">
    <h2 id="meters">Attempts of this process</h2>
    <p class="note">
      Of process <${Foreign} text=${meta.process} /> alone, in the last ${counted(meta.historyMinutes, 'minute')}. Other processes have meters of their own.
    </p>
    <${Shown} of=${polled}>${(/** @type {MetersView} */ view) => html`<${Charts} view=${view} />`}<//>
  </section>`;
}

const colours = /** @type {const} */ (['a', 'b', 'c']);

/**
 * @param {string} title
 * @param {List} half
 * @param {List} most
 */
const quantiles = (title, half, most) => ({
  title: () => title,
  /** @param {MetersView} view */
  summary: (view) =>
    `Half of them at most ${worst(view[half])}, 99 in 100 at most ${worst(view[most])}, in the worst step`,
  valueText: durationText,
  none: null,
  lines: { 'half (p50)': half, '99 in 100 (p99)': most },
});

/** @type {readonly { title: (step: string) => string, summary: (view: MetersView) => string, valueText: (value: number) => string, none: 0 | null, lines: Record<string, List> }[]} */
const charts = [
  {
    title: (step) => `Attempts, in steps of ${step}`,
    summary: ({ completed, failed, dead }) =>
      `${number(sum(completed))} completed, ${number(sum(failed))} failed and to be tried again, ${number(sum(dead))} became dead letters`,
    valueText: number,
    none: 0,
    lines: { completed: 'completed', failed: 'failed', dead: 'dead' },
  },
  quantiles('Late by, from the due time to the start', 'lateP50', 'lateP99'),
  quantiles('Time in the handler', 'tookP50', 'tookP99'),
];

/** @param {{ view: MetersView }} props */
function Charts({ view: whole }) {
  const from = firstStep(whole);
  if (from < 0) return html`<${Empty}>No job of this tube has been tried in this process in that time.<//>`;
  const times = whole.times.slice(from);
  const step = durationText(whole.stepSeconds * 1_000);
  return html`<div class="charts">
    ${charts.map(
      ({ title, summary, valueText, none, lines }) =>
        html`<${Chart}
          key=${title('')}
          title=${title(step)}
          summary=${summary(whole)}
          times=${times}
          valueText=${valueText}
          series=${Object.entries(lines).map(([label, list], at) => ({ label, colour: colours[at], none, values: whole[list].slice(from) }))}
        />`,
    )}
  </div>`;
}

/** So many steps are shown at least. */
const FEWEST = 12;

/**
 * A process that has just been started has nothing to show of the time before; -1: nothing at all.
 *
 * @param {MetersView} view
 */
function firstStep({ completed, failed, dead, times }) {
  const first = times.findIndex((_, at) => (completed[at] ?? 0) + (failed[at] ?? 0) + (dead[at] ?? 0) > 0);
  return first < 0 ? first : Math.max(0, Math.min(first - 1, times.length - FEWEST));
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((all, value) => all + value, 0);
}

/** @param {readonly (number | null)[]} values */
function worst(values) {
  return durationText(Math.max(0, ...values.map((value) => value ?? 0)));
}
