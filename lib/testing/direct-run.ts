import { identify } from '../core/claims/job-identity.js';
import { HeldJob } from '../core/consumer/held-job.js';
import type { RunOutcome } from '../core/consumer/outcome.js';
import type { DqJob } from '../core/consumer/dq-job.js';
import { Run, type RunOwner } from '../core/consumer/run.js';
import type { DqJobOptions } from '../core/options/dq-options.js';
import { textOf } from '../core/errors/shown.js';
import { knownKeys, wholeNumber, MOST_ATTEMPTS } from '../core/options/option-checks.js';
import { namesOf } from '../core/options/option-names.js';
import { ruleOf } from '../core/wire/backoff.js';
import { checkDueTime, type DqDuration } from '../core/options/duration.js';
import { draftJob } from '../core/producer/drafting.js';
import { PlainCounter } from '../core/producer/plain-draft.js';
import { decodePayload } from '../core/wire/codec.js';
import { within } from './real-time.js';
import type { TestParts } from './test-parts.js';
import type { TestedHandler } from './tested-handlers.js';
import { checkPatience } from './testing-settings.js';
import { DqStillRunningError } from './testing.errors.js';

/** What one attempt is told of its job. */
export interface DqRunOneOptions extends Pick<DqJobOptions, 'id' | 'headers' | 'attempts' | 'backoff'> {
  /** Which attempt it is; 1 is the first. @default 1 */
  readonly attempt?: number | undefined;
  /** @default now */
  readonly dueAt?: Date | number | undefined;
  /** See `DqTestingSettings.patience`. */
  readonly patience?: DqDuration | undefined;
}

/** What one attempt came to, and what the queue would do with it. */
export type DqRunResult =
  | { readonly outcome: 'completed'; readonly result: unknown }
  /** `retryIn`: milliseconds until the next attempt; undefined when it was the last, and the job would be a dead letter. */
  | { readonly outcome: 'failed'; readonly error: unknown; readonly retryIn: number | undefined }
  | { readonly outcome: 'given-up'; readonly reason: string }
  /** `again`: milliseconds until it would run again. */
  | { readonly outcome: 'again'; readonly again: number };

const KNOWN = namesOf<DqRunOneOptions>()(['id', 'headers', 'attempts', 'backoff', 'attempt', 'dueAt', 'patience']);
const LARGEST_BODY = 1_073_741_824;

/**
 * One attempt of a handler, by itself: the payload goes through the tube's codec, the handler through its pipes, guards, interceptors
 * and filters, and the outcome is read as the queue reads it. Nothing is scheduled, claimed or kept.
 */
export async function runOne(
  { handler, settings }: TestedHandler,
  data: unknown,
  parts: TestParts,
  options: DqRunOneOptions,
): Promise<DqRunResult> {
  knownKeys(options, 'the options of a run', KNOWN);
  const { id, headers, attempts = settings.attempts, attempt = 1, dueAt } = options;
  const { clock, newId, random } = parts;
  const patienceMs = checkPatience(options.patience, parts.patienceMs);
  wholeNumber(attempt, 'attempt', 1, MOST_ATTEMPTS);
  const dueMs = dueAt === undefined ? clock.now() : checkDueTime(dueAt, 0);
  const draft = draftJob(
    settings,
    data,
    dueMs,
    { clock, newId, plainCounter: new PlainCounter(random), options: { copies: 1, maxBodyBytes: LARGEST_BODY } },
    { id, headers, attempts: options.attempts, backoff: options.backoff },
  );
  const job = new HeldJob(identify(settings.name, Buffer.from(draft.command(1).body)), settings.priority);
  const { envelope, header } = job;
  const decoded: unknown = decodePayload(settings.codec, envelope.payload, header.raw);

  let result: unknown;
  const kept = async (payload: unknown, told: DqJob): Promise<unknown> => {
    result = await handler(payload, told);
    return result;
  };
  const ending = new Promise<RunOutcome>((resolve) => {
    const owner: RunOwner = { ended: (_run, outcome) => resolve(outcome), endedLate: () => {} };
    new Run(job, attempt, attempts, decoded, settings, clock, owner).start(kept);
  });
  const ended = await within(patienceMs, ending);
  if (ended === undefined) {
    throw new DqStillRunningError(
      `Expected the handler of tube "${settings.name}" to end, but it did not within ${patienceMs} ms. Does it wait for a fake timer, or ` +
        'for a promise that nobody settles? Raise patience if it only needs longer.',
    );
  }
  switch (ended.kind) {
    case 'failed': {
      const { error } = ended;
      const rule = header.backoff === undefined ? settings.backoff : ruleOf(header.backoff);
      return { outcome: 'failed', error, retryIn: attempt < attempts ? rule(attempt, error, random) : undefined };
    }
    case 'given-up':
      return { outcome: 'given-up', reason: textOf(ended.error) };
    case 'again':
      return { outcome: 'again', again: ended.ms };
    default:
      return { outcome: 'completed', result };
  }
}
