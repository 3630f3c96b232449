import type { Control } from './control.js';

/** Each job is on one node only. */
export const oneCopy: Control = {
  options: (options) => ({ ...options, copies: 1, minWrites: 1 }),
};
