import { useState } from 'preact/hooks';
import { Field, TubeField } from './fields.js';
import { html } from './html.js';
import { JobFound } from './job-found.js';
import { useMeta } from './meta.js';
import { useLoad } from './poll.js';
import { goOr, href } from './route.js';
import { Problem } from './states.js';

/** @typedef {import('../wire.js').JobView} JobView */

/** @param {{ query: URLSearchParams }} props */
export function JobPage({ query }) {
  const { tubes } = useMeta();
  const [handle, setHandle] = useState(query.get('handle') ?? '');
  const [tube, setTube] = useState(query.get('tube') ?? tubes[0]?.name ?? '');
  const [id, setId] = useState(query.get('id') ?? '');
  const path = pathOf(query);
  /** @type {import('./poll.js').Loaded<JobView>} */
  const { view, failure, loading, load } = useLoad(path);
  const again = () => path !== null && void load(path);
  const byHandle = (/** @type {Event} */ event) => {
    event.preventDefault();
    goOr(href('job', null, { handle: handle.trim() }), again);
  };
  const byId = (/** @type {Event} */ event) => {
    event.preventDefault();
    goOr(href('job', null, { tube, id: id.trim() }), again);
  };
  return html`<h1 tabindex="-1">Job</h1>
    <p>Where one job is, and why it has not run.</p>
    <div class="two">
      <form class="look" onSubmit=${byHandle}>
        <${Field} wide label="Handle, as scheduling it returned it" name="handle" required value=${handle} onInput=${setHandle} />
        <button type="submit" class="primary" aria-disabled=${loading}>Look up</button>
      </form>
      <form class="look" onSubmit=${byId}>
        <${TubeField} tubes=${tubes} value=${tube} onChange=${setTube} />
        <${Field} wide label="Id, as logs and events name it" name="id" required value=${id} onInput=${setId} />
        <button type="submit" class="primary" aria-disabled=${loading}>Look up</button>
      </form>
    </div>
    <div aria-live="polite">
      ${loading && view === null && html`<p class="loading">Looking …</p>`}
      ${failure !== null && html`<${Problem} failure=${failure} />`}
      ${view !== null && html`<${JobFound} view=${view} handle=${query.get('handle')} loading=${loading} again=${again} />`}
    </div>`;
}

/** @param {URLSearchParams} query */
function pathOf(query) {
  const handle = query.get('handle');
  if (handle) return `job?${new URLSearchParams({ handle })}`;
  const [tube, id] = [query.get('tube'), query.get('id')];
  return tube && id ? `job?${new URLSearchParams({ tube, id })}` : null;
}
