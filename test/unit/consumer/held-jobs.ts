import type { Envelope, JobHeader } from '../../../lib/core/wire/envelope.js';
import { HeldJob, type HeldState } from '../../../lib/core/consumer/held-job.js';

let made = 0;

/** A held job that waits for a moment, for queues that look at nothing else but, perhaps, what it says for itself. */
export function heldJob(notBefore = 0, header?: JobHeader): HeldJob {
  const id = `job-${made++}`;
  const rest = { dueMs: notBefore, payload: Buffer.alloc(0) };
  const envelope: Envelope =
    header === undefined
      ? { format: 'plain', ...rest }
      : { format: 'native', id, generation: undefined, ownKey: undefined, copies: 3, header, ...rest };
  const job = new HeldJob({ key: `dq:{orders}:${id}`, id, name: id, copies: 3, envelope }, 'normal');
  job.notBefore = notBefore;
  return job;
}

/** The steps to each state from where a job waits, is ready or orphaned. */
const WAY: Readonly<Record<HeldState, readonly HeldState[]>> = {
  waiting: ['claiming', 'waiting'],
  ready: ['claiming', 'waiting', 'ready'],
  orphaned: ['claiming', 'orphaned'],
  claiming: ['claiming'],
  doubtful: ['claiming', 'doubtful'],
  running: ['claiming', 'running'],
  left: ['left'],
};

/** Takes a job that nobody has asked for to where it is to stand. */
export function bring(job: HeldJob, state: HeldState): HeldJob {
  if (job.state === 'waiting' && state !== 'left') job.become('ready');
  for (const step of WAY[state]) job.become(step);
  return job;
}
