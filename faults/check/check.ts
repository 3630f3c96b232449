import type { CopyState, HistoryEvent } from '../history/history-event.js';
import { Causes, spans, type Cause } from './causes.js';
import { judgeIds } from './own-ids.js';
import { LivingCopies } from './living-copies.js';
import { type JobTimeline, type RunTimeline, readTimelines } from './job-timeline.js';
import { percentiles, tenth } from './percentiles.js';
import type { Counter, Verdict } from './verdict.js';

export interface CheckSettings {
  /** Milliseconds in which every call has to be answered. */
  readonly settleWithinMs: number;
  /** Causes for which the row lets a job run again. */
  readonly allowedCauses: readonly Cause[];
}

/** Two processes read the same moment up to this far apart. */
const CLOCK_ERROR_MS = 1;
const MOST_EXAMPLES = 5;

/** Judges a history. Pure: the same history gives the same verdict. */
export function check(events: readonly HistoryEvent[], settings: CheckSettings): Verdict {
  return new Check(events, settings).verdict();
}

interface Asked {
  readonly at: number;
  readonly by: string;
}

class Check {
  readonly #events: readonly HistoryEvent[];
  readonly #settings: CheckSettings;
  readonly #timelines: readonly JobTimeline[];
  readonly #causes: Causes;
  readonly #living: LivingCopies;
  readonly #faults: ReturnType<typeof spans>;
  readonly #deadProcesses: ReadonlySet<string>;
  readonly #counts: Record<Counter, number> = {
    scheduled: 0,
    acked: 0,
    rejected: 0,
    indeterminate: 0,
    completed: 0,
    dead: 0,
    revoked: 0,
    lost: 0,
    unexpected: 0,
    duplicated: 0,
    early: 0,
    stuck: 0,
    revokedRan: 0,
    rejectedRan: 0,
    idTwice: 0,
    toldWrong: 0,
    recovered: 0,
    corrupt: 0,
    ready: 0,
    reserved: 0,
    delayed: 0,
    buried: 0,
    foreign: 0,
    lingering: 0,
  };
  readonly #byCause: Partial<Record<Cause, number>> = {};
  readonly #examples: Record<string, string[]> = {};

  constructor(events: readonly HistoryEvent[], settings: CheckSettings) {
    this.#events = events;
    this.#settings = settings;
    this.#timelines = [...readTimelines(events).values()];
    this.#causes = new Causes(events);
    this.#living = new LivingCopies(events);
    this.#faults = spans(events.filter(({ kind }) => kind === 'fault'));
    this.#deadProcesses = new Set(events.flatMap((event) => (event.kind === 'gone' && !event.asked ? event.by : [])));
  }

  verdict(): Verdict {
    for (const timeline of this.#timelines) this.#judge(timeline);
    for (const event of this.#events) {
      if (event.kind === 'leftover') this.#leftover(event.state, event.seq, event.node);
      if (event.kind === 'gone' && event.asked && event.how !== 'by itself') this.#count('lingering', event.by);
    }
    const { idTwice, toldWrong } = judgeIds(this.#timelines, this.#events);
    for (const text of idTwice) this.#count('idTwice', text);
    for (const text of toldWrong) this.#count('toldWrong', text);
    const runs = this.#timelines.flatMap((timeline) => timeline.runs.map((run) => run.start.at - dueOf(timeline, run)));
    return {
      ...this.#counts,
      causes: this.#byCause,
      earliestMs: runs.length === 0 ? undefined : tenth(Math.min(...chunked(runs))),
      late: percentiles(this.#lateness(() => true)),
      lateInFault: percentiles(
        this.#lateness((timeline, due) => this.#inFault(due) && this.#living.has(timeline, due)),
      ),
      scheduling: percentiles(this.#scheduling(() => true)),
      schedulingInFault: percentiles(this.#scheduling((at) => this.#inFault(at))),
      memoryMb: this.#memory(),
      examples: this.#examples,
    };
  }

  #judge(timeline: JobTimeline): void {
    const { calls, acked, rejected, runs } = timeline;
    if (calls.length === 0) {
      for (const { start } of runs) this.#count('unexpected', `${timeline.seq} by ${start.by}`);
      return;
    }
    const ended = new Set(runs.flatMap(({ start, end }) => (end?.outcome === 'ok' ? start.id : [])));
    const completed = timeline.ids.size > 1 ? [...timeline.ids].every((id) => ended.has(id)) : ended.size > 0;
    this.#count('scheduled');
    if (acked !== undefined) this.#count('acked');
    else if (rejected !== undefined) this.#count('rejected', `${timeline.seq}: ${rejected.reason}`);
    else if (calls.every(({ call }) => this.#deadProcesses.has(call.by))) this.#count('indeterminate');
    if (completed) this.#count('completed');
    if (timeline.revokeAnswer?.outcome === 'revoked') this.#count('revoked');
    for (const { call, answer } of calls) this.#judgeAnswer(call, answer, `${timeline.seq} scheduled`);
    if (timeline.revoke !== undefined)
      this.#judgeAnswer(timeline.revoke, timeline.revokeAnswer, `${timeline.seq} revoked`);
    if (runs.length > 0 && acked === undefined) {
      if (rejected?.safe === true) this.#count('rejectedRan', `${timeline.seq}: ${rejected.reason}`);
      else this.#count('recovered');
    }
    this.#judgeLoss(timeline, completed);
    this.#judgeRuns(timeline);
  }

  #judgeAnswer(asked: Asked, answer: { readonly at: number } | undefined, what: string): void {
    if (answer === undefined && this.#deadProcesses.has(asked.by)) return;
    const took = (answer?.at ?? Infinity) - asked.at;
    if (took > this.#settings.settleWithinMs) this.#count('stuck', `${what}: ${tenth(took)} ms`);
  }

  #judgeLoss(timeline: JobTimeline, completed: boolean): void {
    const kept = timeline.leftovers.some(({ state }) => state === 'buried');
    if (timeline.dead && kept) this.#count('dead');
    if (timeline.acked === undefined || completed) return;
    // An error of revoke() leaves open whether it was revoked.
    const over = timeline.revokeAnswer?.outcome;
    if (over === 'revoked' || over?.startsWith('DQ_') === true) return;
    if (timeline.dead && kept) return;
    const how = timeline.runs.length === 0 ? 'never started' : `started ${timeline.runs.length} times, never finished`;
    this.#count(
      'lost',
      `${timeline.seq} (${[...timeline.ids].join(', ')}): ${timeline.dead ? 'dead, no copy kept' : how}`,
    );
  }

  #judgeRuns(timeline: JobTimeline): void {
    const revokedAt = timeline.revokeAnswer?.outcome === 'revoked' ? timeline.revokeAnswer.at : Infinity;
    const firsts = new Set<string>();
    timeline.runs.forEach((run, at) => {
      const { start } = run;
      const early = dueOf(timeline, run) - start.at;
      if (early > CLOCK_ERROR_MS) this.#count('early', `${timeline.seq} by ${start.by}: ${tenth(early)} ms`);
      if (!start.intact) this.#count('corrupt', String(timeline.seq));
      if (start.at > revokedAt) this.#judgeRevoked(timeline, run);
      if (!firsts.has(start.id) && firsts.size < Math.max(1, timeline.ids.size)) {
        firsts.add(start.id);
        return;
      }
      const before =
        timeline.runs.slice(0, at).findLast((other) => other.start.id === start.id) ?? timeline.runs[at - 1];
      if (before === undefined) return;
      const cause = this.#causes.of(before, run);
      this.#byCause[cause] = (this.#byCause[cause] ?? 0) + 1;
      if (this.#settings.allowedCauses.includes(cause)) return;
      this.#count(
        'duplicated',
        `${timeline.seq} (${start.id}): ${before.start.by} #${before.start.attempt} then, ${tenth(start.at - before.start.at)} ms later, ` +
          `${start.by} #${start.attempt}: ${cause}`,
      );
    });
  }

  #judgeRevoked({ seq, revoke, revokeAnswer }: JobTimeline, { start }: RunTimeline): void {
    if (this.#causes.forgot(revoke?.at ?? 0, revokeAnswer?.at ?? 0, start.at)) {
      this.#byCause['revoke lost'] = (this.#byCause['revoke lost'] ?? 0) + 1;
      if (this.#settings.allowedCauses.includes('revoke lost')) return;
    }
    this.#count('revokedRan', `${seq} by ${start.by}`);
  }

  #leftover(state: CopyState, seq: number | undefined, node: string): void {
    const timeline = this.#timelines.find((timeline) => timeline.seq === seq);
    if (state !== 'buried') this.#count(state, `${seq ?? 'unknown'} on ${node}`);
    else if (timeline === undefined) this.#count('foreign');
    else if (!timeline.dead) this.#count('buried', `${timeline.seq} on ${node}`);
  }

  #lateness(wanted: (timeline: JobTimeline, due: number) => boolean): number[] {
    return this.#timelines.flatMap((timeline) => {
      const [first] = timeline.runs;
      if (first === undefined) return [];
      const due = Math.max(dueOf(timeline, first), timeline.calls[0]?.call.at ?? 0);
      return wanted(timeline, due) ? [first.start.at - due] : [];
    });
  }

  #scheduling(wanted: (at: number) => boolean): number[] {
    return this.#timelines
      .flatMap(({ calls }) => calls)
      .flatMap(({ call, answer }) => (answer?.kind === 'acked' && wanted(call.at) ? [answer.at - call.at] : []));
  }

  #memory(): number | undefined {
    const told = this.#events.flatMap((event) => (event.kind === 'memory' ? event.mb : []));
    return told.length === 0 ? undefined : Math.max(...told);
  }

  #inFault(at: number): boolean {
    return this.#faults.some(({ from, to }) => at >= from && at <= to);
  }

  #count(counter: Counter, example?: string): void {
    this.#counts[counter]++;
    if (example === undefined) return;
    const examples = (this.#examples[counter] ??= []);
    if (examples.length < MOST_EXAMPLES) examples.push(example);
  }
}

/** The moment before which a run may not begin: what the envelope says, and what was asked for where the clock was right. */
function dueOf({ calls }: JobTimeline, { start }: RunTimeline): number {
  const asked = calls.map(({ call }) => call.dueMs ?? 0);
  return Math.max(start.dueMs, asked.length === 0 ? 0 : Math.min(...asked));
}

/** Math.min takes its numbers as arguments, of which there may not be too many. */
function chunked(values: readonly number[]): number[] {
  const least: number[] = [];
  for (let at = 0; at < values.length; at += 10_000) least.push(Math.min(...values.slice(at, at + 10_000)));
  return least;
}
