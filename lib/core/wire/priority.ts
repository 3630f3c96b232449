import { DqPriorityError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

/** How a job stands against others of its tube that are due as well. */
export type DqPriority = 'high' | 'normal' | 'low';

const BANDS: Readonly<Record<DqPriority, number>> = { high: 0, normal: 1, low: 2 };
const BAND_SIZE = 2 ** 30;
/** Seconds count from 2020-01-01, so that thirty bits last until 2054; later due times share the last value. */
const EPOCH_SECOND = 1_577_836_800;

/**
 * beanstalkd's priority field: the band in the top two bits, the due second in the other thirty. beanstalkd serves equal
 * priorities by insertion; with the second in it a backlog drains in due order.
 */
export function priorityField(priority: DqPriority, dueMs: number): number {
  const second = Math.floor(dueMs / 1000) - EPOCH_SECOND;
  return BANDS[priority] * BAND_SIZE + Math.min(Math.max(second, 0), BAND_SIZE - 1);
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
