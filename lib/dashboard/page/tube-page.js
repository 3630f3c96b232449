import { useState } from 'preact/hooks';
import { useAction } from './action.js';
import { Copies, copyStates, HeldNote, Jobs, NoListNote, titleOf } from './counts.js';
import { History } from './history.js';
import { html } from './html.js';
import { useMeta } from './meta.js';
import { Meters } from './meters.js';
import { PauseDialog } from './pause-dialog.js';
import { usePoll } from './poll.js';
import { href, jobHref } from './route.js';
import { Empty, Shown } from './states.js';
import { Foreign, number } from './text.js';
import { FullTime, Time } from './time.js';
import { Next, PauseBadge } from './tubes-page.js';

/**
 * @typedef {import('../wire.js').TubesView} TubesView
 * @typedef {import('../wire.js').TubeRow} TubeRow
 */

/** @param {{ name: string, query: URLSearchParams }} props */
export function TubePage({ name, query }) {
  const meta = useMeta();
  /** @type {import('./poll.js').Shown<TubesView>} */
  const polled = usePoll('tubes');
  const history = meta.tubes.find((tube) => tube.name === name)?.history === true;
  const tube = polled.view?.tubes.find((row) => row.name === name);
  return html`<p class="back"><a href=${href('tubes')}>All tubes</a></p>
    <div class="heading">
      <h1 tabindex="-1"><${Foreign} text=${name} /> ${tube && html`<${PauseBadge} pause=${tube.pause} />`}</h1>
      ${tube && !meta.readOnly && html`<${Actions} tube=${tube} />`}
    </div>
    <${Shown} of=${polled}
      >${() =>
        tube === undefined
          ? html`<${Empty}>This application has declared no tube of this name.<//>`
          : html`<${Tube} tube=${tube} />
              <${Meters} tube=${name} />
              ${history && html`<${History} tube=${name} query=${query} />`}`}<//
    >`;
}

/** @param {{ tube: TubeRow }} props */
function Actions({ tube: { name, pause } }) {
  const [asking, setAsking] = useState(false);
  const { busy, run } = useAction();
  const resume = () => void run(`tubes/${encodeURIComponent(name)}/resume`, {});
  return html`<div class="buttons">
      ${
        pause.state !== 'open' &&
        html`<button type="button" class="primary" aria-disabled=${busy} onClick=${busy ? undefined : resume}>Resume</button>`
      }
      ${pause.state !== 'paused' && html`<button type="button" onClick=${() => setAsking(true)}>Pause …</button>`}
    </div>
    ${asking && html`<${PauseDialog} tube=${name} onClose=${() => setAsking(false)} />`}`;
}

/** @param {{ tube: TubeRow }} props */
function Tube({ tube }) {
  const meta = useMeta();
  const declared = meta.tubes.find(({ name }) => name === tube.name);
  return html`${tube.pause.state === 'paused' && html`<${Paused} pause=${tube.pause} />`}
    ${
      tube.pause.state === 'unknown' &&
      html`<p class="box bad">Redis did not say whether this tube is paused. While it does not answer, no job starts. <a href=${href('nodes')}>Nodes and Redis</a></p>`
    }
    <section aria-labelledby="jobs">
      <h2 id="jobs">Jobs</h2>
      <dl class="figures">
        ${copyStates.map(
          (state) =>
            html`<div key=${state} class=${state === 'dead' && (tube.jobs?.dead.most ?? 0) > 0 ? 'warn' : ''}>
              <dt>${titleOf(state)}</dt>
              <dd><${Jobs} range=${tube.jobs?.[state]} /></dd>
            </div>`,
        )}
      </dl>
      <p class="links">
        <a href=${href('dead', tube.name)}>Dead letters</a>
        <a href=${href('job', null, { tube: tube.name })}>Look up a job</a>
        ${declared?.format === 'native' && html`<a href=${href('keys', null, { tube: tube.name })}>Look up a key</a>`}
      </p>
      <dl class="facts">
        <div><dt>Due next</dt><dd><${Next} tube=${tube} /></dd></div>
        <div><dt>Consumers</dt><dd><${Consumers} tube=${tube} paused=${tube.pause.state === 'paused'} /></dd></div>
        <div><dt>Running in this process</dt><dd><${Here} here=${tube.here} name=${tube.name} /></dd></div>
        <div>
          <dt>Format</dt>
          <dd>${declared?.format === 'plain' ? 'plain: written by others too, without ids and keys' : 'native'}</dd>
        </div>
      </dl>
      <${Copies} tube=${tube} />
      <${HeldNote} />
      <${NoListNote} />
    </section>`;
}

/** @param {{ pause: Extract<import('../wire.js').PauseState, { state: 'paused' }> }} props */
function Paused({ pause: { since, until, reason } }) {
  return html`<div class="box warn">
    <p>
      <b>Paused since <${FullTime} at=${since} />.</b> No job of this tube starts, anywhere. Jobs can still be scheduled, and what was running goes on.
    </p>
    <p>
      ${until === null ? 'It stays so until somebody resumes it.' : html`It ends by itself <${FullTime} at=${until} />.`}
      ${reason !== null && html` Reason: <${Foreign} text=${reason} />`}
    </p>
  </div>`;
}

/** @param {{ tube: TubeRow, paused: boolean }} props */
function Consumers({ tube: { consumers }, paused }) {
  if (consumers === null) return html`<span class="muted">not known</span>`;
  if (consumers > 0)
    return consumers === 1 ? '1 process waits for its jobs' : `${number(consumers)} processes wait for its jobs`;
  return paused ? html`none waits while it is paused` : html`<span class="badge bad">none</span> nobody takes its jobs`;
}

/** @param {{ here: TubeRow['here'], name: string }} props */
function Here({ here, name }) {
  if (here === null) return html`this process has no handler for it`;
  return html`${here.running} of ${here.concurrency} at once${
    here.oldest !== null &&
    html`; the oldest, <a href=${jobHref({ tube: name, id: here.oldest.id })}><${Foreign} text=${here.oldest.id} /></a>, began <${Time} at=${here.oldest.startedAt} />`
  }`;
}
