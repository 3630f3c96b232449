import { DqPriorityError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

/** How a job stands against others of its tube that are due as well. */
export type DqPriority = 'high' | 'normal' | 'low';

const BANDS: Readonly<Record<DqPriority, number>> = { high: 0, normal: 1, low: 2 };
const BAND_SIZE = 2 ** 30;
/** Seconds count from 2020-01-01, so that thirty bits last until 2054; later due times share the last value. */
const EPOCH_SECOND = 1_577_836_800;
/** How far behind the first copy of a job each further one stands, in seconds of due time. */
const SPARE_SECONDS = 4;
/** Copies beyond this many stand beside each other. */
const LAST_RANK = 3;

/**
 * beanstalkd's priority field: the band in the top two bits, the due second in the other thirty. beanstalkd serves equal
 * priorities by insertion; with the second in it a backlog drains in due order.
 *
 * Of a job's copies one is the **first** (rank 0), the others are **spares**, and only this field says so: a spare stands where a job
 * would that is due 4 s later, the next one 8 s. So in a backlog every node gives first copies, each of another job, and the spares
 * behind them, mostly of jobs that are over. Where nothing waits, all copies come up at the same moment, whatever their rank.
 */
export function priorityField(priority: DqPriority, dueMs: number, rank = 0): number {
  const second = Math.floor(dueMs / 1000) - EPOCH_SECOND;
  const latest = BAND_SIZE - 1 - LAST_RANK * SPARE_SECONDS;
  return spareField(BANDS[priority] * BAND_SIZE + Math.min(Math.max(second, 0), latest), rank);
}

/** Where the copy of this rank stands when the first has `field`. */
export function spareField(field: number, rank: number): number {
  return field + Math.min(rank, LAST_RANK) * SPARE_SECONDS;
}

/** Returns the priority, or throws {@link DqPriorityError}. */
export function checkPriority(priority: unknown): DqPriority {
  if (isPriority(priority)) return priority;
  throw new DqPriorityError(`Expected priority 'high', 'normal' or 'low', got ${shown(priority)}.`);
}

/** True for what {@link checkPriority} lets pass. */
export function isPriority(priority: unknown): priority is DqPriority {
  return typeof priority === 'string' && Object.hasOwn(BANDS, priority);
}
