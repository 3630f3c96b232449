import type { Control } from '../../faults/controls/control.js';
import type { WatchedTable } from '../redis/watched-table.js';

/** A protection taken out at a seam, to see that the simulation notices. */
export interface Bug extends Control {
  readonly table?: (table: WatchedTable) => WatchedTable;
}
