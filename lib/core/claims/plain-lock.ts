import { isNativeKey } from './claim-key.js';
import type { SettleRequest } from './claim-store.js';

/**
 * True where a settled job is left as if nobody had ever claimed it: plain, its only attempt not counted, no moment to wait for, and
 * nothing else to be remembered: it is `marked` when it was a dead letter, or its handler has put it off. Then its claim goes: a Go
 * consumer takes any value under its key for a lock, and throws its copies away.
 */
export function leavesNoClaim({ key, attempt, outcome }: Omit<SettleRequest, 'copies'>, marked: boolean): boolean {
  if (isNativeKey(key) || outcome.kind !== 'again' || marked || outcome.asked) return false;
  return !outcome.counts && attempt === 1 && outcome.ms === 0;
}
