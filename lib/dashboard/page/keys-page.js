import { useState } from 'preact/hooks';
import { jobsText } from './counts.js';
import { Confirm } from './dialog.js';
import { Field, TubeField } from './fields.js';
import { html } from './html.js';
import { Why } from './job-found.js';
import { useMeta } from './meta.js';
import { useLoad } from './poll.js';
import { goOr, href } from './route.js';
import { Empty, Problem } from './states.js';
import { Foreign } from './text.js';
import { FullTime } from './time.js';

/**
 * @typedef {import('../wire.js').KeyView} KeyView
 * @typedef {import('../wire.js').JobView} JobView
 * @typedef {import('../wire.js').TubesView} TubesView
 * @typedef {NonNullable<KeyView['job']>} KeyJob
 */

/** @param {{ query: URLSearchParams }} props */
export function KeysPage({ query }) {
  const tubes = useMeta().tubes.filter(({ format }) => format === 'native');
  const [tube, setTube] = useState(query.get('tube') ?? tubes[0]?.name ?? '');
  const [key, setKey] = useState(query.get('key') ?? '');
  const asked = { tube: query.get('tube'), key: query.get('key') };
  const path = asked.tube && asked.key ? `key?${new URLSearchParams({ tube: asked.tube, key: asked.key })}` : null;
  /** @type {import('./poll.js').Loaded<KeyView>} */
  const { view, failure, loading, load } = useLoad(path);
  const again = () => path !== null && void load(path);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    goOr(href('keys', null, { tube, key }), again);
  };
  return html`<h1 tabindex="-1">Keys</h1>
    <p>At most one job waits under a key. Look up which one.</p>
    <form class="look" onSubmit=${submit}>
      <${TubeField} tubes=${tubes} value=${tube} onChange=${setTube} />
      <${Field} wide label="Key" name="key" required value=${key} onInput=${setKey} />
      <button type="submit" class="primary" aria-disabled=${loading}>Look up</button>
    </form>
    <div aria-live="polite">
      ${loading && html`<p class="loading">Looking …</p>`}
      ${failure !== null && html`<${Problem} failure=${failure} />`}
      ${view !== null && !loading && html`<${Found} view=${view} onDone=${again} />`}
    </div>
    <p class="note">
      There is no list of keys: Redis holds one short entry for each, and to find all it would have to be searched from end to end, while your jobs wait
      for it.
    </p>`;
}

/** @param {{ view: KeyView, onDone: () => void }} props */
function Found({ view: { tube, key, job }, onDone }) {
  const meta = useMeta();
  if (job === null) {
    return html`<${Empty}>
        No job stands under <b><${Foreign} text=${key} /></b> in <${Foreign} text=${tube} />: it has run, became a dead letter, was cancelled, or never was.
        <${DeadLink} tube=${tube} />
      <//>`;
  }
  return html`<section aria-labelledby="found" class="card">
    <div class="heading">
      <h2 id="found"><a href=${href('job', null, { handle: job.handle })}><${Foreign} text=${job.id} /></a> <span class="badge">${job.state}</span></h2>
      ${!meta.readOnly && html`<${Actions} tube=${tube} name=${key} job=${job} onDone=${onDone} />`}
    </div>
    <dl class="facts">
      <div><dt>Tube</dt><dd><${Foreign} text=${tube} /></dd></div>
      <div><dt>Key</dt><dd><${Foreign} text=${key} /></dd></div>
      <div><dt>Due</dt><dd><${FullTime} at=${job.dueAt} /></dd></div>
      <div><dt>Attempt</dt><dd>${job.attempt}</dd></div>
    </dl>
    <${WhyOf} handle=${job.handle} />
  </section>`;
}

/** @param {{ handle: string }} props */
function WhyOf({ handle }) {
  /** @type {import('./poll.js').Loaded<JobView>} */
  const { view, failure } = useLoad(`job?${new URLSearchParams({ handle })}`);
  return html`${failure !== null && html`<${Problem} failure=${failure} />`}
    ${view !== null && view.why.length > 0 && html`<${Why} view=${view} />`}
    <p class="links"><a href=${href('job', null, { handle })}>All of this job</a></p>`;
}

/** @param {{ tube: string }} props */
function DeadLink({ tube }) {
  /** @type {import('./poll.js').Loaded<TubesView>} */
  const { view } = useLoad('tubes');
  const row = view?.tubes.find(({ name }) => name === tube);
  return row?.jobs && row.jobs.dead.most > 0
    ? html`<a href=${href('dead', tube)}>Its tube has ${jobsText(row, 'dead', 'dead letter')}</a>`
    : null;
}

/** @param {{ tube: string, name: string, job: KeyJob, onDone: () => void }} props */
function Actions({ tube, name, job, onDone }) {
  const [asking, setAsking] = useState(/** @type {'cancel' | 'move' | null} */ (null));
  const [at, setAt] = useState(() => localText(Math.max(job.dueAt, Date.now())));
  const close = () => setAsking(null);
  return html`<div class="buttons">
      <button type="button" onClick=${() => setAsking('move')}>Move …</button>
      <button type="button" class="danger" onClick=${() => setAsking('cancel')}>Cancel job …</button>
    </div>
    ${
      asking === 'cancel' &&
      html`<${Confirm} title="Cancel this job" label="Cancel job" danger path="key/cancel" body=${() => ({ tube, key: name })} onDone=${onDone} onClose=${close}>
        <p>The job under <b><${Foreign} text=${name} /></b> does not run. If it is running already, it goes on.</p>
      <//>`
    }
    ${
      asking === 'move' &&
      html`<${Confirm} title="Move this job" label="Move" path="key/move" body=${() => ({ tube, key: name, at: new Date(at).getTime() })} onDone=${onDone} onClose=${close}>
        <p>The job under <b><${Foreign} text=${name} /></b> runs at another time.</p>
        <${Field} label="Due, in your time zone" name="at" type="datetime-local" required step="1" value=${at} onInput=${setAt} />
      <//>`
    }`;
}

/**
 * As a field for date and time takes it: local, to the second.
 *
 * @param {number} at
 */
function localText(at) {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
