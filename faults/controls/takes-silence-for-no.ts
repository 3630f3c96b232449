import { type Control, replace } from './control.js';

/** A claim that cannot be asked for counts as somebody else's, so its copy is deleted. */
export const takesSilenceForNo: Control = {
  store: (store) =>
    replace(store, {
      claim: async (tube, holder, requests) => {
        try {
          return await store.claim(tube, holder, requests);
        } catch {
          return requests.map(() => ({ kind: 'foreign' }));
        }
      },
    }),
};
