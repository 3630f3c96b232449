import type { BrokenPromise } from './broken-promise.js';
import type { Case } from './case.js';
import { dueOf, type JobTimeline, type RunTimeline } from './job-timeline.js';

/** What may not run, or not yet. */
export function* judgeRuns(seen: Case): Generator<BrokenPromise> {
  for (const timeline of seen.timelines) {
    const { seq, calls, runs } = timeline;
    if (calls.length === 0) {
      for (const { start } of runs) yield { rule: 'unexpected', text: `${seq} by ${start.by}` };
      continue;
    }
    yield* judgeRefused(seen, timeline);
    yield* judgeRevoked(seen, timeline);
    for (const run of runs) {
      const { by, at, intact } = run.start;
      const early = dueOf(timeline, run) - at;
      if (early > (seen.terms.clockErrorMs ?? 0))
        yield { rule: 'early', text: `${seq} by ${by}: ${early.toFixed(3)} ms` };
      if (!intact) yield { rule: 'corrupt', text: String(seq) };
    }
  }
}

/** An attempt may have been made before the job was taken back. */
function* judgeRefused(seen: Case, timeline: JobTimeline): Generator<BrokenPromise> {
  const { seq, calls, acked, rejected, runs } = timeline;
  const isSafe = calls.every(({ answer }) => answer?.kind === 'rejected' && answer.safe);
  if (acked !== undefined || rejected === undefined || !isSafe) return;
  if (!runs.some(({ start }) => start.at > rejected.at)) return;
  const tombstones = seen.claimsOf(timeline).flatMap((claim) => claim.tombstones);
  if (tombstones.some(({ at }) => seen.excuses.forgot(at, at, seen.end))) return;
  yield { rule: 'refused ran', text: `${seq}: ${rejected.reason}` };
}

function* judgeRevoked(seen: Case, timeline: JobTimeline): Generator<BrokenPromise> {
  const { seq, runs, revokeAnswer } = timeline;
  if (revokeAnswer === undefined) return;
  for (const run of runs) {
    const { by, at } = run.start;
    if (at <= revokeAnswer.at || !saysOver(seen, revokeAnswer.outcome)) continue;
    if (forgotRevoke(seen, timeline, run) && seen.excused('revoke lost')) continue;
    const said = `${revokeAnswer.outcome} at ${seen.shown(revokeAnswer.at)}`;
    yield { rule: 'revoked ran', text: `${seq} by ${by} at ${seen.shown(at)}, ${said}` };
  }
}

/** Where the store is not watched, nobody knows when it heard of an end, and when it forgot that. */
function saysOver({ terms }: Case, outcome: string): boolean {
  return outcome === 'revoked' || (terms.storeIsWatched === true && (outcome === 'done' || outcome === 'dead'));
}

function forgotRevoke(seen: Case, timeline: JobTimeline, { start }: RunTimeline): boolean {
  const { excuses, terms } = seen;
  const { revoke, revokeAnswer } = timeline;
  const answered = revokeAnswer?.at ?? 0;
  if (terms.storeIsWatched !== true) return excuses.forgot(revoke?.at ?? 0, answered, start.at);
  const own = seen.claimsOf(timeline);
  // It is another write of the same id: the store lost that it had admitted this one, so it admitted one more, which was revoked.
  const write = own.find(({ runs }) => runs.some((run) => run.start === start));
  if (write?.admitted !== undefined && excuses.forgot(write.admitted.at, write.admitted.at, answered)) return true;
  const isRevoked = revokeAnswer?.outcome === 'revoked';
  const ends = own.flatMap(({ settled }) => settled.map(({ event }) => event));
  const words = isRevoked ? own.flatMap(({ tombstones }) => tombstones) : ends;
  if (words.some(({ at }) => excuses.forgot(at, at, start.at))) return true;
  // A job that was done before the revoke lost its copies then, and a disk may have forgotten that before the revoke came.
  const done = isRevoked ? undefined : ends.find(({ outcome }) => outcome !== 'again');
  return done !== undefined && excuses.forgotDelete(Math.min(answered, done.at), start.at);
}
