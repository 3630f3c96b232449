import { useEffect, useState } from 'preact/hooks';
import { valueOf } from './dialog.js';
import { html } from './html.js';
import { JobFound } from './job-found.js';
import { useMeta } from './meta.js';
import { useLoad } from './poll.js';
import { go, href } from './route.js';
import { Problem } from './states.js';
import { TubeField } from './tube-field.js';

/** @typedef {import('../wire.js').JobView} JobView */

/** @param {{ query: URLSearchParams }} props */
export function JobPage({ query }) {
  const { tubes } = useMeta();
  const [handle, setHandle] = useState(query.get('handle') ?? '');
  const [tube, setTube] = useState(query.get('tube') ?? tubes[0]?.name ?? '');
  const [id, setId] = useState(query.get('id') ?? '');
  /** @type {import('./poll.js').Loaded<JobView>} */
  const { view, failure, loading, load } = useLoad();
  const path = pathOf(query);
  useEffect(() => {
    if (path !== null) void load(path);
  }, [load, path]);
  const show = (/** @type {string} */ to) => {
    if (to === location.hash && path !== null) void load(path);
    else go(to);
  };
  const byHandle = (/** @type {Event} */ event) => {
    event.preventDefault();
    show(href('job', null, { handle: handle.trim() }));
  };
  const byId = (/** @type {Event} */ event) => {
    event.preventDefault();
    show(href('job', null, { tube, id: id.trim() }));
  };
  return html`<h1 tabindex="-1">Job</h1>
    <p>Where one job is, and why it has not run.</p>
    <div class="two">
      <form class="look" onSubmit=${byHandle}>
        <label class="field wide"
          ><span>Handle, as scheduling it returned it</span>
          <input type="text" name="handle" required autocomplete="off" spellcheck=${false} value=${handle} onInput=${(/** @type {Event} */ event) => setHandle(valueOf(event))}
        /></label>
        <button type="submit" class="primary" aria-disabled=${loading}>Look up</button>
      </form>
      <form class="look" onSubmit=${byId}>
        <${TubeField} tubes=${tubes} value=${tube} onChange=${setTube} />
        <label class="field wide"
          ><span>Id, as logs and events name it</span>
          <input type="text" name="id" required autocomplete="off" spellcheck=${false} value=${id} onInput=${(/** @type {Event} */ event) => setId(valueOf(event))}
        /></label>
        <button type="submit" class="primary" aria-disabled=${loading}>Look up</button>
      </form>
    </div>
    <div aria-live="polite">
      ${loading && view === null && html`<p class="loading">Looking …</p>`}
      ${failure !== null && html`<${Problem} failure=${failure} />`}
      ${view !== null && html`<${JobFound} view=${view} handle=${query.get('handle')} loading=${loading} again=${() => path !== null && void load(path)} />`}
    </div>`;
}

/** @param {URLSearchParams} query */
function pathOf(query) {
  const handle = query.get('handle');
  if (handle) return `job?${new URLSearchParams({ handle })}`;
  const [tube, id] = [query.get('tube'), query.get('id')];
  return tube && id ? `job?${new URLSearchParams({ tube, id })}` : null;
}
