import type { Envelope, JobHeader } from '../../../lib/core/wire/envelope.js';
import { HeldJob } from '../../../lib/core/consumer/held-job.js';

let made = 0;

/** A held job that waits for a moment, for queues that look at nothing else but, perhaps, what it says for itself. */
export function heldJob(notBefore = 0, header?: JobHeader): HeldJob {
  const id = `job-${made++}`;
  const rest = { dueMs: notBefore, payload: Buffer.alloc(0) };
  const envelope: Envelope =
    header === undefined
      ? { format: 'plain', ...rest }
      : { format: 'native', id, generation: undefined, copies: 3, header, ...rest };
  const job = new HeldJob({ key: `dq:{orders}:${id}`, id, name: id, copies: 3, envelope }, 'normal');
  job.notBefore = notBefore;
  return job;
}
