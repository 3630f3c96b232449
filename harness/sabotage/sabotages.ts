import { claimSabotages } from './claim-sabotages.js';
import { claimTableSabotages } from './claim-table-sabotages.js';
import { keyTableSabotages } from './key-table-sabotages.js';
import { nodeSabotages } from './node-sabotages.js';
import { otherSabotages } from './other-sabotages.js';
import type { Sabotage } from './sabotage.js';

/** All protections that can be taken out, by name. */
export const sabotages = {
  ...claimSabotages,
  ...claimTableSabotages,
  ...keyTableSabotages,
  ...nodeSabotages,
  ...otherSabotages,
} as const satisfies Readonly<Record<string, Sabotage>>;

export type SabotageName = keyof typeof sabotages;
