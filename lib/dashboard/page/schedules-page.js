import { useState } from 'preact/hooks';
import { useAction } from './action.js';
import { Confirm } from './dialog.js';
import { html } from './html.js';
import { useMeta } from './meta.js';
import { usePoll } from './poll.js';
import { Outcome } from './history.js';
import { href, jobHref } from './route.js';
import { Empty, Shown } from './states.js';
import { Table } from './table.js';
import { Foreign } from './text.js';
import { Time } from './time.js';

/**
 * @typedef {import('../wire.js').SchedulesView} SchedulesView
 * @typedef {import('../wire.js').ScheduleRow} ScheduleRow
 * @typedef {import('../wire.js').ScheduleRun} ScheduleRun
 */

export function SchedulesPage() {
  const { schedules, readOnly } = useMeta();
  /** @type {import('./poll.js').Shown<SchedulesView>} */
  const polled = usePoll(schedules ? 'schedules' : null);
  return html`<h1 tabindex="-1">Schedules</h1>
    ${
      schedules
        ? html`<${Shown} of=${polled}>${(/** @type {SchedulesView} */ view) => html`<${Schedules} view=${view} readOnly=${readOnly} />`}<//>`
        : html`<${Empty}>This application has no recurring jobs. They come with DqCronModule of nestjs-dq/cron.<//>`
    }`;
}

/** @param {{ view: SchedulesView, readOnly: boolean }} props */
function Schedules({ view: { schedules, more }, readOnly }) {
  if (schedules.length === 0) return html`<${Empty}>No schedule is set.<//>`;
  return html`<${Table}
      caption="Recurring jobs"
      columns=${readOnly ? columns : [...columns, actions]}
      rows=${schedules}
      keyOf=${(/** @type {ScheduleRow} */ { name }) => name}
    />
    ${more && html`<p class="box warn">There are more schedules than are shown here.</p>`}
    <p class="note">“Run now” starts one more run beside the rhythm. A paused schedule plans nothing; what is missed then is missed.</p>`;
}

/** @type {readonly import('./table.js').Column<ScheduleRow>[]} */
const columns = [
  {
    label: 'Schedule',
    heading: true,
    cell: ({ name, paused }) =>
      html`<${Foreign} text=${name} />${paused && html` <span class="badge warn">paused</span>`}`,
  },
  {
    label: 'Rhythm',
    cell: ({ rhythm, pattern, timeZone }) =>
      html`<span class="stack"><${Foreign} text=${rhythm} /> <small><code><${Foreign} text=${pattern} /></code>${timeZone !== null && html` in <${Foreign} text=${timeZone} />`}</small></span>`,
  },
  { label: 'Tube', cell: ({ tube }) => html`<a href=${href('tubes', tube)}><${Foreign} text=${tube} /></a>` },
  { label: 'Last run', cell: (schedule) => html`<${LastRuns} schedule=${schedule} />` },
  { label: 'Next', cell: (schedule) => html`<${NextRuns} schedule=${schedule} />` },
  {
    label: 'Missed; overlap',
    cell: ({ missed, overlap }) =>
      html`<span class="stack"><${Foreign} text=${missed} /> <small><${Foreign} text=${overlap} /></small></span>`,
  },
];

/** @type {import('./table.js').Column<ScheduleRow>} */
const actions = { label: 'Actions', quiet: true, cell: (schedule) => html`<${Actions} schedule=${schedule} />` };

/** @param {{ schedule: ScheduleRow }} props */
function LastRuns({ schedule: { tube, last, byHand } }) {
  return html`${last === null ? html`<div class="muted">not yet</div>` : html`<${Run} run=${last} tube=${tube} />`}
    ${byHand !== null && html`<${Run} run=${byHand} tube=${tube} how="by hand, " />`}`;
}

/** @param {{ run: ScheduleRun, tube: string, how?: string }} props */
function Run({ run: { at, id, handle, outcome }, tube, how = '' }) {
  return html`<div>
    ${how}${outcome === null ? html`<span class="muted">outcome not known</span>` : html`<${Outcome} outcome=${outcome} />`}
    ${' '}<a href=${jobHref({ tube, id, handle })}><${Time} at=${at} /></a>
  </div>`;
}

/** @param {{ schedule: ScheduleRow }} props */
function NextRuns({ schedule: { next, paused } }) {
  const [first, ...rest] = next;
  if (first === undefined) return html`<span class="muted">it has ended</span>`;
  const then =
    rest.length > 0 &&
    html`<details class="then"><summary>then</summary><ul>${rest.map((at) => html`<li key=${at}><${Time} at=${at} /></li>`)}</ul></details>`;
  return html`<div class=${paused ? 'muted' : ''}>${paused && 'would be '}<${Time} at=${first} />${then}</div>`;
}

/** @param {{ schedule: ScheduleRow }} props */
function Actions({ schedule: { name, paused } }) {
  const { busy, run } = useAction();
  const [asking, setAsking] = useState(/** @type {'run' | 'remove' | null} */ (null));
  const toggle = () => !busy && void run(`schedules/${paused ? 'resume' : 'pause'}`, { name });
  const runNow = () => !busy && void run('schedules/run', { name });
  return html`<div class="buttons row">
      <button type="button" aria-disabled=${busy} aria-label=${`Run now: ${name}`} onClick=${runNow}>Run now</button>
      <button type="button" aria-disabled=${busy} aria-label=${`${paused ? 'Resume' : 'Pause'}: ${name}`} onClick=${toggle}>${paused ? 'Resume' : 'Pause'}</button>
      <button type="button" class="danger" aria-label=${`Remove …: ${name}`} onClick=${() => setAsking('remove')}>Remove …</button>
    </div>
    ${
      asking !== null &&
      html`<${Confirm}
        title="Remove this schedule"
        label="Remove"
        danger
        path="schedules/remove"
        body=${() => ({ name })}
        onClose=${() => setAsking(null)}
      >
        <p><b><${Foreign} text=${name} /></b> runs no more. One that the code declares comes back when the application starts again.</p>
      <//>`
    }`;
}
