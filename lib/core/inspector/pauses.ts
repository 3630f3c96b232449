import { afterReading, type Clock } from '../base/clock.js';
import { GRANT_GOOD_MS, type KnownPause, type PauseClaims } from '../claims/pause-claims.js';
import type { DqDuration } from '../options/duration.js';
import { duration, knownKeys, unfit } from '../options/option-checks.js';

/** A tube that is paused. */
export interface DqPause {
  readonly tube: string;
  /** By the clock of Redis. */
  readonly since: Date;
  /** When it goes on by itself. Undefined: when somebody resumes it. */
  readonly until: Date | undefined;
  readonly reason: string | undefined;
}

/** How a tube is paused. */
export interface DqPauseOptions {
  /** Why, for whoever wonders. One line of at most 200 characters; no secrets, since it is logged. */
  readonly reason?: string | undefined;
  /** After so long it goes on by itself. At least 1 ms. @default until it is resumed */
  readonly for?: DqDuration | undefined;
}

const OPTIONS: ReadonlySet<string> = new Set(['reason', 'for']);
const LONGEST_REASON = 200;
const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u;
/** Clocks of two machines may run apart by this much of a second; Node's timers may fire a millisecond early. */
const MARGIN_MS = 20;

/** @throws DqOptionsError before anything is sent; DqClaimStoreError */
export async function pauseTube(
  tube: string,
  options: DqPauseOptions,
  pauses: PauseClaims,
  clock: Clock,
): Promise<DqPause> {
  knownKeys(options, 'the options of a pause', OPTIONS);
  const { reason = '' } = options;
  if (typeof reason !== 'string' || reason.length > LONGEST_REASON || !ONE_LINE.test(reason))
    throw unfit('reason', `one line of at most ${LONGEST_REASON} characters`, reason);
  const forMs = options.for === undefined ? undefined : duration(options.for, 'for', 1);
  const known = await pauses.pause(tube, { forMs, reason });
  if (pauses.onChange === undefined)
    await new Promise<void>((resolve) => {
      afterReading(clock, GRANT_GOOD_MS + MARGIN_MS, resolve);
    });
  return shownPause(tube, known);
}

/** Those of the declared tubes, and of all that the claim store names, that are paused. @throws DqClaimStoreError */
export async function pausedTubes(declared: Iterable<string>, pauses: PauseClaims): Promise<readonly DqPause[]> {
  const tubes = [...new Set([...declared, ...(await pauses.tubes())])];
  const known = await Promise.all(tubes.map((tube) => pauses.look(tube)));
  return tubes.flatMap((tube, at) => {
    const pause = known[at];
    return pause === undefined ? [] : [shownPause(tube, pause)];
  });
}

function shownPause(tube: string, { sinceMs, untilMs, reason }: KnownPause): DqPause {
  const until = untilMs === undefined ? undefined : new Date(untilMs);
  return { tube, since: new Date(sinceMs), until, reason: reason === '' ? undefined : reason };
}
