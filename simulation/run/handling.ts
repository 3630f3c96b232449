import { DqAgain, DqGiveUp } from '../../lib/core/consumer/outcome.js';
import { type DqJob, HandedJob } from '../../lib/core/consumer/dq-job.js';
import type { Process } from '../network/process.js';
import type { History } from '../history/history.js';
import type { VirtualTime } from '../time/virtual-time.js';
import { isIntact, type Payload } from './payload.js';

/** Where handlers run. */
export interface HandlerPlace {
  readonly name: string;
  readonly process: Process;
  readonly time: VirtualTime;
  readonly record: History;
  readonly timeoutMs: number;
  die(): void;
}

/** Does what a job's payload says. */
export async function handle(payload: Payload, job: DqJob, place: HandlerPlace): Promise<unknown> {
  const { name: by, record, process } = place;
  const { seq, act } = payload;
  const { id, attempt } = job;
  const tell = (outcome: 'ok' | 'failed'): void => {
    if (!process.died) record.add({ kind: 'end', by, seq, attempt, outcome });
  };
  record.add({
    kind: 'start',
    by,
    tube: job.tube,
    seq,
    id,
    attempt,
    dueMs: job.dueAt.getTime(),
    intact: isIntact(payload),
  });
  record.add({ kind: 'run', by, seq, key: HandedJob.attemptOf(job)?.job.key ?? '' });
  job.signal.addEventListener('abort', () => {
    const reason = (job.signal.reason as Error).name;
    if (!process.died) record.add({ kind: 'aborted', by, seq, attempt, reason });
  });
  switch (act.do) {
    case 'finish':
      if (act.ms > 0) await pass(act.ms, place);
      break;
    case 'fail':
      if (act.ms > 0) await pass(act.ms, place);
      if (attempt <= act.times) {
        tell('failed');
        throw new Error('told to fail');
      }
      break;
    case 'give-up':
      tell('failed');
      throw new DqGiveUp('told to');
    case 'again':
      if (timesAsked(payload, place) < act.times) {
        tell('failed');
        return new DqAgain(act.ms);
      }
      break;
    case 'overrun':
      if (attempt <= act.times) await pass(place.timeoutMs * 2, place);
      break;
    case 'die':
      if (attempt === 1) {
        place.die();
        await new Promise(() => undefined);
      }
  }
  tell('ok');
  return undefined;
}

/** A wait that is the handler's own: the library has no part in it. */
function pass(ms: number, { time, process }: HandlerPlace): Promise<void> {
  return new Promise((resolve) => {
    time.after(ms, () => process.act(resolve));
  });
}

/** An attempt that asks to run again is not counted, so the history is. */
function timesAsked({ seq }: Payload, { record }: HandlerPlace): number {
  return record.events.filter((event) => event.kind === 'end' && event.seq === seq).length;
}
