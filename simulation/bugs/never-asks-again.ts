import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** A store that has refused once is not asked again whether it does now. */
export const neverAsksAgain: Bug = {
  store: (store) => {
    let refused = false;
    const watched = <T>(answer: Promise<T>): Promise<T> =>
      answer.catch((error: unknown) => {
        refused ||= error instanceof Error && error.message.includes('NOPERM');
        throw error;
      });
    return replace(store, {
      claim: (tube, holder, requests) => watched(store.claim(tube, holder, requests)),
      ping: (tube) => (refused ? new Promise<never>(() => undefined) : store.ping(tube)),
    });
  },
};
