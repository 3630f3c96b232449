import { type Control, replace } from './control.js';

/** Claims that are not asked for: everybody may run everything. */
export const alwaysGrants: Control = {
  store: (store) =>
    replace(store, {
      claim: (_tube, _holder, requests) => Promise.resolve(requests.map(() => ({ kind: 'granted', attempt: 1 }))),
      settle: (_tube, _holder, requests) => Promise.resolve(requests.map(() => true)),
      renew: (_tube, _holder, requests) => Promise.resolve(requests.map(() => true)),
    }),
};
