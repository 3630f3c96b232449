import { setTimeout as sleep } from 'node:timers/promises';
import type { DqJob } from '../../lib/core/consumer/dq-job.js';
import { isIntact, type Payload } from './job-plan.js';
import { DqAgain } from '../library/library.js';
import type { Telling } from './telling.js';

/** Does what a job's payload says, and tells its start before and its end after. */
export async function handle(payload: Payload, job: DqJob, telling: Telling): Promise<unknown> {
  const { name: by } = telling;
  const { id, attempt } = job;
  const { seq, act } = payload;
  telling.happened({
    kind: 'start',
    by,
    tube: job.tube,
    seq,
    id,
    attempt,
    dueMs: job.dueAt.getTime(),
    intact: isIntact(payload),
  });
  const watch = act !== undefined;
  if (watch) {
    job.signal.addEventListener('abort', () => {
      telling.happened({ kind: 'aborted', by, seq, attempt, reason: (job.signal.reason as Error).name });
    });
  }
  switch (act?.do) {
    case 'wait':
      await sleep(act.ms);
      break;
    case 'fail':
      if (attempt <= act.times) {
        telling.happened({ kind: 'end', by, seq, attempt, outcome: 'failed' });
        throw new Error('told to fail');
      }
      break;
    case 'again':
      if (telling.clock.now() < act.until) {
        telling.happened({ kind: 'end', by, seq, attempt, outcome: 'failed' });
        return new DqAgain(act.ms);
      }
      break;
    case 'die':
      process.kill(process.pid, 'SIGKILL');
      // The signal arrives while this waits.
      await new Promise(() => undefined);
      break;
    case 'block':
      if (attempt === 1) block(act.ms, telling);
      break;
    default:
  }
  telling.happened({ kind: 'end', by, seq, attempt, outcome: 'ok' });
  return undefined;
}

/** Holds the event loop, and tells so, as a long computation would not. */
export function block(ms: number, telling: Telling): void {
  telling.happened({ kind: 'stalled', by: telling.name, on: true });
  const until = performance.now() + ms;
  while (performance.now() < until);
  telling.happened({ kind: 'stalled', by: telling.name, on: false });
}
