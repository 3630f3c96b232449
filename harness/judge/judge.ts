import type { HistoryEvent } from '../history/history-event.js';
import type { BrokenPromise } from './broken-promise.js';
import type { Case, Terms } from './case.js';
import type { Cause } from './cause.js';
import { type ClaimTimeline, tellClaims } from './claim-timeline.js';
import { Excuses } from './excuses.js';
import { isKeyOf, type JobTimeline, readTimelines } from './job-timeline.js';
import { judgeAgain } from './judge-again.js';
import { judgeAnswers } from './judge-answers.js';
import { judgeCopies } from './judge-copies.js';
import { judgeIds } from './judge-ids.js';
import { judgeKeys } from './judge-keys.js';
import { judgePauses } from './judge-pauses.js';
import { judgeRuns } from './judge-runs.js';

export interface Judgement {
  readonly broken: readonly BrokenPromise[];
  /** Why jobs ran that had run before, or were revoked, allowed or not; how often each. */
  readonly causes: Readonly<Partial<Record<Cause, number>>>;
  readonly timelines: readonly JobTimeline[];
}

/** Judges a history, of real processes or of a simulation. Pure: the same history gives the same judgement. */
export function judge(events: readonly HistoryEvent[], terms: Terms): Judgement {
  const timelines = [...readTimelines(events).values()];
  const claims = terms.storeIsWatched === true ? tellClaims(events) : new Map<string, ClaimTimeline>();
  const named = claimsByWrite(events, claims);
  const known = new Map<JobTimeline, readonly ClaimTimeline[]>();
  const claimsOf = (timeline: JobTimeline): readonly ClaimTimeline[] => {
    const isIts = ({ key, runs }: ClaimTimeline): boolean =>
      isKeyOf(timeline, key) || runs.some(({ start }) => start.seq === timeline.seq);
    return [...new Set([...(named.get(timeline.seq) ?? []), ...[...claims.values()].filter(isIts)])];
  };
  const causes: Partial<Record<Cause, number>> = {};
  const seen: Case = {
    terms,
    events,
    timelines,
    claims,
    excuses: new Excuses(events),
    end: events.at(-1)?.at ?? 0,
    shown: terms.shown ?? String,
    claimsOf: (timeline) => {
      const own = known.get(timeline) ?? claimsOf(timeline);
      known.set(timeline, own);
      return own;
    },
    dueOf: (claim) => {
      const mine = timelines.filter(({ seq }) => named.get(seq)?.has(claim) === true);
      return Math.max(0, ...mine.flatMap(({ calls }) => calls.map(({ call }) => call.dueMs ?? call.at)));
    },
    excused: (cause) => {
      causes[cause] = (causes[cause] ?? 0) + 1;
      return terms.again.includes(cause);
    },
  };
  const rules = [judgeRuns, judgeAgain, judgeIds, judgeAnswers, judgeCopies, judgeKeys, judgePauses];
  return { broken: rules.flatMap((rule) => Array.from(rule(seen))), causes, timelines };
}

/** The claims of jobs whose id is their caller's: a claim's key ends in the beginning of what names the write. */
function claimsByWrite(
  events: readonly HistoryEvent[],
  claims: ReadonlyMap<string, ClaimTimeline>,
): ReadonlyMap<number, ReadonlySet<ClaimTimeline>> {
  const found = new Map<number, Set<ClaimTimeline>>();
  const owned = [...claims.values()].filter(({ admitted }) => admitted !== undefined);
  for (const event of events) {
    if (event.kind !== 'named') continue;
    const mine = found.get(event.seq) ?? new Set();
    found.set(event.seq, mine);
    const claim = owned.find(({ key }) => event.write.startsWith(key.slice(key.lastIndexOf('#') + 1)));
    if (claim !== undefined) mine.add(claim);
  }
  return found;
}
