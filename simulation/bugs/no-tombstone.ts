import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** A revoke deletes the copies that it can reach, and nothing keeps the others from running. */
export const noTombstone: Bug = { store: (store) => replace(store, { revoke: () => Promise.resolve('revoked') }) };
