import { useState } from 'preact/hooks';
import { Jobs, silentNodes } from './counts.js';
import { Letter } from './dead-letter.js';
import { Confirm } from './dialog.js';
import { html } from './html.js';
import { useMeta } from './meta.js';
import { useLoad, usePoll } from './poll.js';
import { href } from './route.js';
import { Empty, Problem, Silent } from './states.js';
import { counted, Foreign, number } from './text.js';
import { Time } from './time.js';

/**
 * @typedef {import('../wire.js').DeadView} DeadView
 * @typedef {import('../wire.js').TubesView} TubesView
 * @typedef {import('./dead-letter.js').Told} Told
 */

/** @type {ReadonlyMap<string, Told>} */
const NOTHING_TOLD = new Map();

const FIRST = 50;
/** The application reads no more at once. */
const MOST = 200;

/** @param {{ name: string }} props */
export function DeadPage({ name }) {
  const meta = useMeta();
  /** @type {import('./poll.js').Shown<TubesView>} */
  const polled = usePoll('tubes');
  /** @type {import('./poll.js').Loaded<DeadView>} */
  const { view, failure, loading, load } = useLoad();
  const [limit, setLimit] = useState(FIRST);
  const [asking, setAsking] = useState(/** @type {'retry' | 'delete' | null} */ (null));
  const path = `tubes/${encodeURIComponent(name)}/dead`;
  const tube = polled.view?.tubes.find((row) => row.name === name);
  const silent = view?.silent ?? (tube === undefined ? [] : silentNodes(tube));
  const look = (/** @type {number} */ most) => {
    setLimit(most);
    void load(`${path}?limit=${most}`);
  };
  return html`<p class="back"><a href=${href('dead')}>All dead letters</a> <a href=${href('tubes', name)}>The tube</a></p>
    <div class="heading">
      <h1 tabindex="-1">Dead letters of <${Foreign} text=${name} /></h1>
      ${
        !meta.readOnly &&
        html`<div class="buttons">
          <button type="button" onClick=${() => setAsking('retry')}>Retry all …</button>
          <button type="button" class="danger" onClick=${() => setAsking('delete')}>Delete all …</button>
        </div>`
      }
    </div>
    ${asking !== null && html`<${All} what=${asking} tube=${name} path=${path} onDone=${() => view && look(limit)} onClose=${() => setAsking(null)} />`}
    <dl class="facts">
      <div><dt>Dead letters</dt><dd>${polled.view === null ? html`<span class="muted">…</span>` : html`<${Jobs} range=${tube?.jobs?.dead} />`}</dd></div>
    </dl>
    <${Silent} nodes=${silent}>Copies there are not shown, and an action does not reach them.<//>
    <p class="note">
      They are read when you ask, never by themselves: a look takes each from its node for a moment, and somebody else who looks at that moment does not
      see it.
    </p>
    <p class="buttons">
      <button type="button" class=${view === null ? 'primary' : ''} aria-disabled=${loading} onClick=${() => !loading && look(limit)}>
        ${view === null ? 'Read dead letters' : 'Read again'}
      </button>
      ${loading && html`<span class="loading" role="status">Reading …</span>`}
      ${view !== null && !loading && html`<span class="muted">read <${Time} at=${view.at} /></span>`}
    </p>
    ${failure !== null && html`<${Problem} failure=${failure} />`}
    ${view !== null && html`<${Letters} view=${view} path=${path} onMore=${limit < MOST ? () => look(MOST) : null} />`}`;
}

/** @param {{ view: DeadView, path: string, onMore: (() => void) | null }} props */
function Letters({ view, path, onMore }) {
  const { letters, more, tube } = view;
  // Of these letters as they were read: one that is read again is back, whatever was done to it.
  const [done, setDone] = useState(
    /** @type {{ readonly of: DeadView, readonly told: ReadonlyMap<string, Told> } | null} */ (null),
  );
  const told = done?.of === view ? done.told : NOTHING_TOLD;
  const tell = (/** @type {string} */ id, /** @type {Told} */ one) =>
    setDone((before) => ({ of: view, told: new Map([...(before?.of === view ? before.told : []), [id, one]]) }));
  const over = [...told.values()].filter(({ outcome }) => outcome.done).length;
  if (letters.length === 0) return html`<${Empty}>There is no dead letter in this tube, as far as nodes answered.<//>`;
  return html`<h2>${counted(letters.length - over, 'dead letter')}${more && ', and more'}${over > 0 && `; ${number(over)} retried or deleted since they were read`}</h2>
    <ol class="letters" role="list">
      ${letters.map(
        (letter, index) =>
          html`<li key=${letter.id || index}><${Letter}
              letter=${letter}
              tube=${tube}
              path=${path}
              told=${told.get(letter.id)}
              onTold=${(/** @type {Told} */ one) => tell(letter.id, one)}
            /></li>`,
      )}
    </ol>
    ${
      more &&
      (onMore === null
        ? html`<p class="box">There are more than are read at once. Retry or delete some, then read again.</p>`
        : html`<p><button type="button" onClick=${onMore}>Read more</button></p>`)
    }`;
}

/** @param {{ what: 'retry' | 'delete', tube: string, path: string, onDone: () => void, onClose: () => void }} props */
function All({ what, tube, path, onDone, onClose }) {
  const retry = what === 'retry';
  return html`<${Confirm}
    title=${retry ? 'Retry all dead letters' : 'Delete all dead letters'}
    label=${retry ? 'Retry all' : 'Delete all'}
    danger=${!retry}
    word=${tube}
    path=${`${path}/${what}`}
    body=${(/** @type {string} */ confirm) => ({ all: true, confirm })}
    onDone=${onDone}
    onClose=${onClose}
  >
    <p>
      ${
        retry
          ? 'All dead letters of this tube run again as soon as a consumer is free, those too that have not been read here. Those that may have run before are left out: retry them one by one.'
          : 'All dead letters of this tube are deleted, with those that have not been read here, those that may have run before, and bodies that are no jobs. They cannot be brought back.'
      }
    </p>
  <//>`;
}
