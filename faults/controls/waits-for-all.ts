import type { Control } from './control.js';

/** Every node has to acknowledge, and none is ever given up: the slowest sets the pace. */
export const waitsForAll: Control = {
  options: (options) => ({ ...options, minWrites: options.beanstalks.length, commandDeadline: '1h' }),
};
