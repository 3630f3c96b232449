import { type Control, replace } from './control.js';

const DONE = { kind: 'done' } as const;

/** A job counts as done as soon as it is claimed, whatever becomes of its run. */
export const settlesFirst: Control = {
  store: (store) =>
    replace(store, {
      claim: async (tube, holder, requests) => {
        const verdicts = await store.claim(tube, holder, requests);
        const granted = requests.flatMap(({ key }, at) => {
          const verdict = verdicts[at];
          return verdict?.kind === 'granted' ? [{ key, attempt: verdict.attempt, outcome: DONE, copies: 0 }] : [];
        });
        if (granted.length > 0) await store.settle(tube, holder, granted);
        return verdicts;
      },
    }),
};
