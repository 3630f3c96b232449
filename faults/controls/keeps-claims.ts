import { type Control, replace } from './control.js';

/** What is given back keeps its claim, as if it had been run. */
export const keepsClaims: Control = {
  store: (store) =>
    replace(store, {
      settle: (tube, holder, requests) =>
        store.settle(
          tube,
          holder,
          requests.map((request) =>
            request.outcome.kind === 'again' ? { ...request, outcome: { ...request.outcome, counts: true } } : request,
          ),
        ),
    }),
};
