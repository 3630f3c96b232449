import type { Terms } from '../../harness/judge/case.js';
import { CAUSES } from '../../harness/judge/cause.js';
import { EPOCH_MS } from '../time/virtual-time.js';
import type { Plan } from './plan.js';

/** Admission, write, withdrawal, tombstone, conclusion: each has a deadline of its own. */
const STEPS = 6;
const SLACK_MS = 1_000;
/** The application's own deadline, and what it waits for the last answers. */
const CLOSING_MS = 4_000 + 3_000;

/** What a plan's history is judged by. */
export function termsOf({ mode, settings, night, faults, jobs }: Plan): Terms {
  const settleWithinMs = STEPS * settings.deadlineMs + SLACK_MS;
  const isCalm = faults.length === 0 && night === undefined;
  const nobodyDies = isCalm && jobs.every(({ act, expires }) => act.do !== 'die' && expires === undefined);
  const finishing = new Set(jobs.flatMap(({ seq, act }) => (nobodyDies && act.do === 'finish' ? seq : [])));
  return {
    settleWithinMs,
    closeWithinMs: CLOSING_MS + settleWithinMs,
    again: CAUSES,
    storeIsWatched: true,
    isOpenEnd: mode === 'safety',
    retentionMs: settings.retentionMs,
    isUnharmed: (seq) => finishing.has(seq),
    shown: (at) => (at - EPOCH_MS).toFixed(3),
  };
}
