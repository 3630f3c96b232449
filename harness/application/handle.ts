import type { DqJob } from '../../lib/core/consumer/dq-job.js';
import { DqAgain, DqGiveUp } from '../../lib/core/consumer/outcome.js';
import { type Act, isIntact, type Payload } from './payload.js';
import type { Speaker } from './user.js';

/** Where handlers run. */
export interface HandlerPlace extends Speaker {
  readonly timeoutMs?: number;
  /** A wait that is the handler's own: the library has no part in it. */
  pass(ms: number): Promise<void>;
  /** Whether a job is to ask once more. An attempt that did so is not counted, so the job does not tell. */
  asksAgain(seq: number, act: Extract<Act, { do: 'again' }>): boolean;
  /** The process is killed. */
  die(): void;
  /** The key of a job's claim, where the history tells. */
  claimOf?(job: DqJob): string;
}

/** Does what a job's payload says, and tells its start before and its end after. */
export async function handle(payload: Payload, job: DqJob, place: HandlerPlace): Promise<unknown> {
  const { name: by } = place;
  const { tube, id, attempt, signal } = job;
  const { seq, act } = payload;
  const [dueMs, intact] = [job.dueAt.getTime(), isIntact(payload)];
  place.happened({ kind: 'start', by, tube, seq, id, attempt, dueMs, intact });
  if (place.claimOf !== undefined) place.happened({ kind: 'run', by, seq, key: place.claimOf(job) });
  if (act !== undefined) {
    signal.addEventListener('abort', () => {
      place.happened({ kind: 'aborted', by, seq, attempt, reason: (signal.reason as Error).name });
    });
  }
  const ends = (outcome: 'ok' | 'failed'): void => place.happened({ kind: 'end', by, seq, attempt, outcome });
  switch (act?.do) {
    case 'finish':
      if (act.ms > 0) await place.pass(act.ms);
      break;
    case 'fail':
      if (act.ms !== undefined && act.ms > 0) await place.pass(act.ms);
      if (attempt > act.times) break;
      ends('failed');
      throw new Error('told to fail');
    case 'give-up':
      ends('failed');
      throw new DqGiveUp('told to');
    case 'again':
      if (!place.asksAgain(seq, act)) break;
      ends('failed');
      return new DqAgain(act.ms);
    case 'overrun':
      if (attempt <= act.times) await place.pass((place.timeoutMs ?? 0) * 2);
      break;
    case 'die':
      if (attempt > (act.times ?? 1)) break;
      place.die();
      // A signal arrives while this waits.
      await new Promise(() => undefined);
      break;
    case 'block':
      if (attempt === 1) block(act.ms, place);
      break;
    default:
  }
  ends('ok');
  return undefined;
}

/** Holds the event loop, and tells so, as a long computation would not. */
export function block(ms: number, speaker: Speaker): void {
  const { name: by } = speaker;
  speaker.happened({ kind: 'stalled', by, on: true });
  const until = performance.now() + ms;
  while (performance.now() < until);
  speaker.happened({ kind: 'stalled', by, on: false });
}
