import { DqDuplicateIdError, DqOptionsError, DqSourceError } from '../errors/argument.errors.js';
import { shown, textOf } from '../errors/shown.js';
import { call } from '../listener.js';
import { knownKeys, wholeNumber } from '../options/option-checks.js';
import { namesOf } from '../options/option-names.js';

/** What became of one job of a bulk; `index` is its place in the source. */
export type DqManyResult =
  | { readonly status: 'scheduled'; readonly index: number; readonly handle: string }
  /** The id is taken; see `DqDuplicateIdError`. */
  | { readonly status: 'duplicate'; readonly index: number; readonly error: DqDuplicateIdError }
  | { readonly status: 'failed'; readonly index: number; readonly error: unknown };

export interface DqManyReport {
  readonly scheduled: number;
  readonly duplicate: number;
  readonly failed: number;
  /** In the order of the source; empty when `onResult` was given. */
  readonly results: readonly DqManyResult[];
}

export interface DqManyOptions {
  /**
   * Jobs under way at once. Too low: slow. Too high: memory, and long queues in front of each node. From 1 to 10,000.
   * @default 500
   */
  readonly inFlight?: number;
  /**
   * Takes each result as it comes instead of the report, so that a source without end needs no memory. What it returns is not waited
   * for; when it throws or rejects, nothing more is scheduled.
   */
  readonly onResult?: (result: DqManyResult) => void;
}

const DEFAULT_IN_FLIGHT = 500;
const MANY_OPTIONS = namesOf<keyof DqManyOptions>({ inFlight: true, onResult: true });

/**
 * Schedules every job of a source, a bounded number at a time. A job that is refused or fails does not stop the others.
 * @throws DqSourceError when the source itself or `onResult` throws; what was taken before is settled and reported in it.
 */
export async function scheduleMany<Job>(
  source: Iterable<Job> | AsyncIterable<Job>,
  schedule: (job: Job) => Promise<string>,
  options: DqManyOptions,
): Promise<DqManyReport> {
  knownKeys(options, 'the options of a bulk', MANY_OPTIONS);
  const { inFlight = DEFAULT_IN_FLIGHT, onResult } = options;
  wholeNumber(inFlight, 'inFlight', 1, 10_000);
  if (onResult !== undefined && typeof onResult !== 'function') {
    throw new DqOptionsError(`Expected onResult to be a function, got ${shown(onResult)}.`);
  }
  if (!isIterable(source))
    throw new DqOptionsError(`Expected an iterable or async iterable of jobs, got ${shown(source)}.`);
  const results: DqManyResult[] = [];
  const counts = { scheduled: 0, duplicate: 0, failed: 0 };
  let under = 0;
  let index = 0;
  let wake: (() => void) | undefined;
  /** What `onResult` threw first: nothing more is scheduled then. */
  let refusal: { readonly error: unknown } | undefined;

  const refuse = (error: unknown): void => {
    refusal ??= { error };
  };
  const settle = (result: DqManyResult): void => {
    counts[result.status]++;
    under--;
    if (onResult === undefined) results[result.index] = result;
    else call(() => onResult(result), refuse);
    wake?.();
  };
  const start = (job: Job): void => {
    const at = index++;
    under++;
    // What `schedule` throws at once is the job's failure too, not its source's.
    new Promise<string>((resolve) => resolve(schedule(job))).then(
      (handle) => settle({ status: 'scheduled', index: at, handle }),
      (error: unknown) => settle(failure(at, error)),
    );
  };
  const below = (limit: number): Promise<void> | undefined =>
    under < limit
      ? undefined
      : new Promise((resolve) => {
          wake = () => {
            if (under >= limit) return;
            wake = undefined;
            resolve();
          };
        });

  try {
    if (Symbol.asyncIterator in source) {
      for await (const job of source) {
        await below(inFlight);
        if (refusal !== undefined) break;
        start(job);
      }
    } else {
      for (const job of source) {
        const room = below(inFlight);
        if (room !== undefined) await room;
        if (refusal !== undefined) break;
        start(job);
      }
    }
  } catch (error) {
    await below(1);
    throw new DqSourceError(
      `Expected the source to give jobs to its end, but after ${index}: ${textOf(error)}.`,
      { ...counts, results },
      { cause: error },
    );
  }
  await below(1);
  if (refusal !== undefined) {
    throw new DqSourceError(
      `Expected onResult not to throw, but after ${index} jobs: ${textOf((refusal as { error: unknown }).error)}.`,
      { ...counts, results },
      { cause: (refusal as { error: unknown }).error },
    );
  }
  return { ...counts, results };
}

function isIterable(source: unknown): boolean {
  return typeof source === 'object' && source !== null && (Symbol.iterator in source || Symbol.asyncIterator in source);
}

function failure(index: number, error: unknown): DqManyResult {
  return error instanceof DqDuplicateIdError
    ? { status: 'duplicate', index, error }
    : { status: 'failed', index, error };
}
