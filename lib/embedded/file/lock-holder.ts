import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { processPlace } from './process-place.js';
import { processStart } from './process-start.js';

/** Who has a lock, as its file says. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Where its pid means something; see {@link processPlace}. */
  readonly place: string;
  /** Tells it from a later process with the same pid; see {@link processStart}. */
  readonly start: string;
  /** Tells two takings by one process apart. */
  readonly nonce: string;
}

export function thisHolder(place = processPlace()): LockHolder {
  const start = processStart(process.pid) ?? '';
  return { pid: process.pid, host: hostname(), place, start, nonce: randomBytes(8).toString('hex') };
}

/** Undefined for what a crash cut short, or somebody else wrote. */
export function holderIn(text: string): LockHolder | undefined {
  try {
    const { pid, host, place, start, nonce } = JSON.parse(text) as Partial<LockHolder>;
    if (typeof pid !== 'number' || typeof host !== 'string') return undefined;
    return { pid, host, place: place ?? '', start: start ?? '', nonce: nonce ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether the one can see by its pid whether the other runs. */
export function sees(one: LockHolder, other: LockHolder): boolean {
  return one.host === other.host && one.place === other.place;
}

/** Only to be asked about a holder that can be seen from here. */
export function runs({ pid, start }: LockHolder): boolean {
  const now = processStart(pid);
  return now !== undefined && (start === '' || now === '' || now === start);
}
