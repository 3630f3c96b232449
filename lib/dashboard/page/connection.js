import { Store } from './store.js';

/**
 * Whether the application answers. `since`: when it was seen last; `null` before the first answer.
 *
 * @typedef {{ readonly away: boolean, readonly since: number | null }} Connection
 */

/** @type {Connection} */
const PRESENT = { away: false, since: null };

/** @type {Store<Connection>} */
export const connection = new Store(PRESENT);

let lastAnswer = /** @type {number | null} */ (null);

export function answered() {
  lastAnswer = Date.now();
  if (connection.value.away) connection.value = PRESENT;
}

export function lost() {
  if (!connection.value.away) connection.value = { away: true, since: lastAnswer };
}

/**
 * Resolves when the application answers again, or when the signal fires.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function connected(signal) {
  return new Promise((resolve) => {
    const end = connection.follow(() => {
      if (!connection.value.away) done();
    });
    const done = () => {
      end();
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done);
    if (!connection.value.away || signal.aborted) done();
  });
}
