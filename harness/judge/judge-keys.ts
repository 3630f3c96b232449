import type { BrokenPromise } from './broken-promise.js';
import type { Case } from './case.js';
import type { JobTimeline, RunTimeline } from './job-timeline.js';
import { isBefore, type KeyPlace, type KeySaid, type KeyTimeline, tellKeys, tookKey } from './key-timeline.js';
import { KeyedJobs } from './keyed-jobs.js';

/** Under a key its last word runs, once, and nothing else. */
export function* judgeKeys(seen: Case): Generator<BrokenPromise> {
  const keys = tellKeys(seen.events, seen.timelines);
  if (keys.size === 0) return;
  const jobs = new KeyedJobs(seen);
  for (const key of keys.values()) {
    const seqs = new Set(key.said.flatMap((said) => (said.what === 'place' ? said.seq : [])));
    for (const seq of seqs) yield* judgeJob(seen, key, jobs, seq);
    yield* judgePairs(seen, key, jobs);
    for (const said of key.said) {
      yield* judgeMove(seen, key, jobs, said);
      if (said.what === 'place') yield* judgeLoss(seen, key, jobs, said);
    }
  }
}

/** Whatever lost its key by a later call, or by a cancel, begins no run any more. */
function* judgeJob(seen: Case, key: KeyTimeline, jobs: KeyedJobs, seq: number): Generator<BrokenPromise> {
  const own = key.said.filter((said): said is KeyPlace => said.what === 'place' && said.seq === seq);
  const asked = own.filter(({ outcome }) => outcome !== 'refused');
  const ran = (run: RunTimeline, why: KeySaid): string =>
    `${seq} (${run.start.id}) by ${run.start.by} at ${seen.shown(run.start.at)}, ${key.key} ${told(seen, why)}`;
  for (const run of jobs.of(seq)?.runs ?? []) {
    const from = Math.min(...own.map(({ from }) => from));
    const granted = jobs.grantedAt(run);
    const end = key.said.find((said) => {
      if (said.answered >= granted || !endsOthers(said, seq) || asked.some((own) => !isBefore(own, said))) return false;
      return !jobs.forgot(key, from, said.answered, run.start.at) && !jobs.broughtBack(run);
    });
    if (end !== undefined)
      yield { rule: end.what === 'cancel' ? 'cancelled ran' : 'superseded ran', text: ran(run, end) };
    const lost = own.find(({ id, outcome, answered }) => {
      return id === run.start.id && (outcome === 'kept' || outcome === 'superseded') && answered < granted;
    });
    if (lost !== undefined && !jobs.forgot(key, from, lost.answered, run.start.at))
      yield { rule: 'superseded ran', text: ran(run, lost) };
  }
}

/** Of two calls at once one stands. */
function* judgePairs(seen: Case, key: KeyTimeline, jobs: KeyedJobs): Generator<BrokenPromise> {
  const placed = key.said.filter(tookKey);
  const isOnce = ({ seq }: KeyPlace): boolean => placed.filter((other) => other.seq === seq).length === 1;
  for (const [at, one] of placed.entries()) {
    for (const other of placed.slice(at + 1)) {
      if (one.seq === other.seq || isBefore(one, other) || isBefore(other, one)) continue;
      if (!isOnce(one) || !isOnce(other)) continue;
      const both = Math.max(one.answered, other.answered);
      const runs = [one, other].map(({ seq }) => {
        return jobs.of(seq)?.runs.find((run) => jobs.grantedAt(run) > both);
      });
      const last = Math.max(...runs.map((run) => run?.start.at ?? Infinity));
      if (last === Infinity || jobs.forgot(key, one.from, both, last)) continue;
      yield { rule: 'both ran', text: `${key.key}: ${one.seq} and ${other.seq}, both placed by ${seen.shown(both)}` };
    }
  }
}

/** What was moved runs no sooner. */
function* judgeMove(seen: Case, key: KeyTimeline, jobs: KeyedJobs, said: KeySaid): Generator<BrokenPromise> {
  const dueMs = movedTo(said);
  if (dueMs === undefined) return;
  // Another call may have moved it elsewhere, or put another job there.
  const isAlone = key.said.every((other) => {
    return other === said || other.what === 'cancel' || other.outcome === 'refused' || other.answered < said.from;
  });
  if (!isAlone) return;
  const placed = key.said.filter((other): other is KeyPlace => other.what === 'place');
  for (const seq of new Set(placed.map(({ seq }) => seq))) {
    // Where the store has lost that it stands, another one was moved.
    const from = Math.min(said.from, ...placed.map((other) => (other.seq === seq ? other.from : Infinity)));
    for (const run of jobs.of(seq)?.runs ?? []) {
      const { at } = run.start;
      if (jobs.grantedAt(run) <= said.answered || at >= dueMs - (seen.terms.clockErrorMs ?? 0)) continue;
      if (jobs.forgot(key, from, said.answered, at)) continue;
      const text = `${seq} by ${run.start.by} at ${seen.shown(at)}, ${key.key} moved to ${seen.shown(dueMs)}`;
      yield { rule: 'moved early', text };
    }
  }
}

/** Whatever a caller was told that stands has run, is dead, or gave way to another word. */
function* judgeLoss(seen: Case, key: KeyTimeline, jobs: KeyedJobs, said: KeyPlace): Generator<BrokenPromise> {
  const { placed, outcome, from } = said;
  if (placed === undefined || outcome === 'superseded') return;
  const seq = tookKey(said) ? said.seq : jobs.seqOf(placed.id);
  const job = seq === undefined ? undefined : jobs.of(seq);
  // What stood no more cannot have given way.
  const ended = tookKey(said) ? undefined : jobs.endedBefore(placed.id, from);
  if (ended !== undefined && !jobs.forgot(key, ended, placed.at, placed.at)) {
    yield {
      rule: 'key lost',
      text: `${key.key}: ${told(seen, said)}, but ${placed.id} was over at ${seen.shown(ended)}`,
    };
    return;
  }
  if (seq === undefined || job === undefined || jobs.wasOver(seq, from) || isTakenBack(job)) return;
  if (seen.terms.isOpenEnd === true && jobs.isLeft(seq)) return;
  const gaveWay = key.said.some((other) => {
    // What was only kept may be replaced by a call that had its place before.
    const isLater = (tookKey(said) ? other.ordered : other.answered) >= from;
    return other !== said && isLater && other.outcome !== 'none' && mayEnd(other, seq);
  });
  if (gaveWay) return;
  // Redis took the key, or the job that stands, back; see "Failures" in docs/internals/keys.md.
  const keeps = outcome === 'kept' || outcome === 'postponed' || said.policy === 'keep' || said.policy === 'error';
  if (keeps && jobs.forgot(key, -Infinity, placed.at, seen.end)) return;
  const { runs } = job;
  yield { rule: 'key lost', text: `${key.key}: ${seq}, ${told(seen, said)}, ${runs.length} runs` };
}

function endsOthers(said: KeySaid, seq: number): boolean {
  if (said.what === 'cancel') return said.outcome !== undefined;
  return tookKey(said) && said.seq !== seq;
}

/** Whether another word may have ended a job; where nobody knows what became of it, it may. */
function mayEnd(said: KeySaid, seq: number): boolean {
  if (said.what !== 'place') return said.what === 'cancel';
  return said.seq !== seq && (said.outcome === undefined || tookKey(said));
}

function movedTo(said: KeySaid): number | undefined {
  if (said.what === 'move') return said.outcome === 'rescheduled' ? said.dueMs : undefined;
  return said.what === 'place' && said.outcome === 'postponed' ? said.placed?.dueMs : undefined;
}

function isTakenBack({ revoke, revokeAnswer }: JobTimeline): boolean {
  if (revoke === undefined) return false;
  return revokeAnswer === undefined || revokeAnswer.outcome === 'revoked' || revokeAnswer.outcome.startsWith('DQ_');
}

function told(seen: Case, { what, outcome, from, answered }: KeySaid): string {
  return `${what} ${outcome ?? 'unknown'} from ${seen.shown(from)} to ${seen.shown(answered)}`;
}
