import { useState } from 'preact/hooks';
import { act } from './api.js';
import { adviceOn } from './failure.js';
import { say } from './notices.js';
import { asFailure, refresh } from './poll.js';

/** @typedef {import('../wire-actions.js').ActionView} ActionView */

/** An action that was not answered may have been done all the same. */
const UNKNOWN = 'Whether it was done is not known: look before you try again.';

/**
 * Asks the application to do something, and says what it said. Nothing is shown as done before.
 *
 * @param {(text: string) => void} [onFailure] what says why it failed
 * @returns {{ readonly busy: boolean, run: (path: string, body: object) => Promise<ActionView | null> }} `run`: null when it failed
 */
export function useAction(onFailure = (text) => say('bad', text)) {
  const [busy, setBusy] = useState(false);
  const run = async (/** @type {string} */ path, /** @type {object} */ body) => {
    setBusy(true);
    try {
      const outcome = await act(path, body);
      say(outcome.done ? 'good' : 'warn', outcome.text);
      return outcome;
    } catch (error) {
      const failure = asFailure(error);
      onFailure(`${failure.message} ${failure.away ? UNKNOWN : adviceOn(failure)}`);
      return null;
    } finally {
      setBusy(false);
      refresh();
    }
  };
  return { busy, run };
}
