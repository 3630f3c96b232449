import { type Control, replace } from './control.js';

const AHEAD_MS = 1_000;
/** More than any clock of the rows is wrong, and less than any retention. */
const LONG_DUE_MS = 7_200_000;

/** Nobody looks at the due time: what a node gives out is run, and nodes count whole seconds. */
export const runsEarly: Control = {
  clock: (clock) => replace(clock, { now: () => clock.now() + AHEAD_MS }),
  store: (store) =>
    replace(store, {
      claim: (tube, holder, requests) =>
        store.claim(
          tube,
          holder,
          requests.map((request) => ({ ...request, dueMs: Math.min(request.dueMs, Date.now() - LONG_DUE_MS) })),
        ),
    }),
};
