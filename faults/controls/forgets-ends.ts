import { type Control, replace } from './control.js';

/** Claims of which only running ones count: that a job is done, dead or revoked is forgotten, so late copies run. */
export const forgetsEnds: Control = {
  store: (store) =>
    replace(store, {
      claim: async (tube, holder, requests) => {
        const verdicts = await store.claim(tube, holder, requests);
        return verdicts.map((verdict) =>
          verdict.kind === 'done' || verdict.kind === 'revoked' || verdict.kind === 'dead' || verdict.kind === 'expired'
            ? { kind: 'granted', attempt: 1 }
            : verdict,
        );
      },
      settle: async (tube, holder, requests) => {
        await store.settle(tube, holder, requests);
        return requests.map(() => true);
      },
    }),
};
