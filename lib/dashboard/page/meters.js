import { Chart } from './chart.js';
import { html } from './html.js';
import { useMeta } from './meta.js';
import { usePoll } from './poll.js';
import { Empty, Shown } from './states.js';
import { counted, Foreign, number } from './text.js';
import { durationText } from './time.js';

/** @typedef {import('../wire.js').MetersView} MetersView */

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

/** @param {{ view: MetersView }} props */
function Charts({ view }) {
  const { times, completed, failed, dead, lateP50, lateP99, tookP50, tookP99 } = sinceFirst(view);
  const attempts = sum(completed) + sum(failed) + sum(dead);
  if (attempts === 0) return html`<${Empty}>No job of this tube has been tried in this process in that time.<//>`;
  const step = durationText(view.stepSeconds * 1_000);
  return html`<div class="charts">
    <${Chart}
      title=${`Attempts, in steps of ${step}`}
      summary=${`${number(sum(completed))} completed, ${number(sum(failed))} failed and to be tried again, ${number(sum(dead))} became dead letters`}
      times=${times}
      valueText=${number}
      series=${[
        { label: 'completed', colour: 'a', values: completed },
        { label: 'failed', colour: 'b', values: failed },
        { label: 'dead', colour: 'c', values: dead },
      ]}
    />
    <${Chart}
      title="Late by, from the due time to the start"
      summary=${`Half of them at most ${worst(lateP50)}, 99 in 100 at most ${worst(lateP99)}, in the worst step`}
      times=${times}
      valueText=${durationText}
      series=${[
        { label: 'half (p50)', colour: 'a', values: lateP50 },
        { label: '99 in 100 (p99)', colour: 'b', values: lateP99 },
      ]}
    />
    <${Chart}
      title="Time in the handler"
      summary=${`Half of them at most ${worst(tookP50)}, 99 in 100 at most ${worst(tookP99)}, in the worst step`}
      times=${times}
      valueText=${durationText}
      series=${[
        { label: 'half (p50)', colour: 'a', values: tookP50 },
        { label: '99 in 100 (p99)', colour: 'b', values: tookP99 },
      ]}
    />
  </div>`;
}

/** So many steps are shown at least. */
const FEWEST = 12;

/**
 * A process that has just been started has nothing to show of the time before.
 *
 * @param {MetersView} view
 * @returns {MetersView}
 */
function sinceFirst(view) {
  const { completed, failed, dead, times } = view;
  const first = times.findIndex((_, at) => (completed[at] ?? 0) + (failed[at] ?? 0) + (dead[at] ?? 0) > 0);
  const from = Math.max(0, Math.min(first - 1, times.length - FEWEST));
  return {
    ...view,
    times: times.slice(from),
    completed: completed.slice(from),
    failed: failed.slice(from),
    dead: dead.slice(from),
    lateP50: view.lateP50.slice(from),
    lateP99: view.lateP99.slice(from),
    tookP50: view.tookP50.slice(from),
    tookP99: view.tookP99.slice(from),
  };
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((all, value) => all + value, 0);
}

/** @param {readonly (number | null)[]} values */
function worst(values) {
  return durationText(Math.max(0, ...values.map((value) => value ?? 0)));
}
