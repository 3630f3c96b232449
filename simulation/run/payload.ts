import { createHash } from 'node:crypto';
import type { Act, PlannedJob } from '../plan/plan.js';

/** What travels: the job's number, what its handler shall do, and a digest to tell whether it arrived as it left. */
export interface Payload {
  readonly seq: number;
  readonly act: Act;
  readonly padding: string;
  readonly digest: string;
}

export function makePayload({ seq, act, bytes }: PlannedJob): Payload {
  const padding = 'x'.repeat(bytes);
  return { seq, act, padding, digest: digestOf(seq, act, padding) };
}

export function isIntact({ seq, act, padding, digest }: Payload): boolean {
  return digest === digestOf(seq, act, padding);
}

function digestOf(seq: number, act: Act, padding: string): string {
  return createHash('sha256')
    .update(JSON.stringify([seq, act, padding]))
    .digest('hex')
    .slice(0, 16);
}
