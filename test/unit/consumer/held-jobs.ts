import { HeldJob } from '../../../lib/core/consumer/held-job.js';

let made = 0;

/** A held job that waits for a moment, for queues that look at nothing else. */
export function heldJob(notBefore = 0): HeldJob {
  const id = `job-${made++}`;
  const envelope = { format: 'plain', dueMs: notBefore, payload: Buffer.alloc(0) } as const;
  const job = new HeldJob({ key: `dq:{orders}:${id}`, id, name: id, copies: 3, envelope }, 'normal');
  job.notBefore = notBefore;
  return job;
}
