import { html } from './html.js';
import { Said } from './said.js';
import { Store, useStore } from './store.js';

/** @typedef {{ readonly number: number, readonly level: 'good' | 'warn' | 'bad', readonly text: import('../wire.js').Sentence }} Notice */

/** Milliseconds: long enough to be read twice. */
const DONE_STAYS = 8_000;
/** Older ones make room. */
const MOST = 3;
/** @type {Store<readonly Notice[]>} */
const notices = new Store(/** @type {readonly Notice[]} */ ([]));
let said = 0;

/**
 * Says what an action came to. That it was done goes by itself: it covers what it speaks of, where there is little room. What was not done stays until it is
 * put away, or others come.
 *
 * @param {Notice['level']} level
 * @param {Notice['text']} text
 */
export function say(level, text) {
  said += 1;
  const number = said;
  notices.value = [...notices.value, { number, level, text }].slice(-MOST);
  if (level === 'good') setTimeout(() => putAway(number), DONE_STAYS);
}

/** Whoever went elsewhere has read what was done. What was not done stays. */
export function putDoneAway() {
  notices.value = notices.value.filter(({ level }) => level !== 'good');
}

/** @param {number} number */
function putAway(number) {
  notices.value = notices.value.filter((notice) => notice.number !== number);
}

export function Notices() {
  const shown = useStore(notices);
  return html`<div class="notices" role="status" aria-live="polite">
    ${shown.map(
      ({ number, level, text }) =>
        html`<div class=${`notice ${level}`} key=${number}>
          <p><${Said} sentence=${text} /></p>
          <button type="button" class="plain" aria-label="Put this message away" onClick=${() => putAway(number)}>
            ×
          </button>
        </div>`,
    )}
  </div>`;
}
