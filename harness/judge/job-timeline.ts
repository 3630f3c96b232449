import type { EventOf, HistoryEvent } from '../history/history-event.js';

/** One entry of a handler. */
export interface RunTimeline {
  readonly start: EventOf<'start'>;
  end: EventOf<'end'> | undefined;
  readonly aborted: EventOf<'aborted'>[];
}

/** One call of `delay()` or `at()`; a caller may ask for the same job again. */
export interface CallTimeline {
  readonly call: EventOf<'call'>;
  answer: EventOf<'acked'> | EventOf<'placed'> | EventOf<'rejected'> | undefined;
}

/** All that happened to one job. */
export interface JobTimeline {
  readonly seq: number;
  /**
   * What names it in the library's events, as far as anybody has told. More than one where it was acknowledged more than
   * once, under an id of its own each time: then it is as many jobs.
   */
  readonly ids: Set<string>;
  readonly calls: CallTimeline[];
  /** The last acknowledgement, if there was one. */
  acked: EventOf<'acked'> | undefined;
  /** The last refusal, if there was one. */
  rejected: EventOf<'rejected'> | undefined;
  revoke: EventOf<'revoke'> | undefined;
  revokeAnswer: EventOf<'revoke-answer'> | undefined;
  /** In the order of their starts. */
  readonly runs: RunTimeline[];
  dead: boolean;
  readonly leftovers: EventOf<'leftover'>[];
}

/** Sorts a history by jobs. */
export function readTimelines(events: readonly HistoryEvent[]): ReadonlyMap<number, JobTimeline> {
  const timelines = new Map<number, JobTimeline>();
  const of = (seq: number): JobTimeline => {
    let timeline = timelines.get(seq);
    if (timeline === undefined) {
      timeline = {
        seq,
        ids: new Set(),
        calls: [],
        acked: undefined,
        rejected: undefined,
        revoke: undefined,
        revokeAnswer: undefined,
        runs: [],
        dead: false,
        leftovers: [],
      };
      timelines.set(seq, timeline);
    }
    return timeline;
  };
  const dead = new Set<string>();
  // Each process tells in order, but nothing is said about the order between two of them.
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    switch (event.kind) {
      case 'call':
        of(event.seq).calls.push({ call: event, answer: undefined });
        if (event.keyed?.id !== undefined) of(event.seq).ids.add(event.keyed.id);
        break;
      case 'acked':
      case 'placed':
      case 'rejected': {
        const timeline = of(event.seq);
        const own = 'own' in event ? event.own : undefined;
        const asked = timeline.calls.findLast(({ call, answer }) => {
          return call.by === event.by && answer === undefined && (own === undefined || call.keyed?.id === own);
        });
        if (asked !== undefined) asked.answer = event;
        if (event.kind === 'rejected') timeline.rejected = event;
        else if (event.kind === 'acked') {
          timeline.acked = event;
          timeline.ids.add(event.id);
        }
        break;
      }
      case 'revoke':
        of(event.seq).revoke = event;
        break;
      case 'revoke-answer':
        of(event.seq).revokeAnswer = event;
        break;
      case 'start':
        of(event.seq).runs.push({ start: event, end: undefined, aborted: [] });
        break;
      case 'end': {
        const run = runOf(of(event.seq), event);
        if (run !== undefined) run.end = event;
        break;
      }
      case 'aborted':
        runOf(of(event.seq), event)?.aborted.push(event);
        break;
      case 'told':
        if (event.type === 'job-dead' && event.id !== undefined) dead.add(event.id);
        break;
      case 'leftover':
        if (event.seq !== undefined) of(event.seq).leftovers.push(event);
        break;
      default:
    }
  }
  for (const timeline of timelines.values()) {
    const [first] = timeline.runs;
    if (timeline.ids.size === 0 && first !== undefined) timeline.ids.add(first.start.id);
    timeline.dead = [...timeline.ids].some((id) => dead.has(id));
  }
  return timelines;
}

/** A claim's key says whose it is: it is the job's, and a plain job's is the id that was acknowledged. */
export function isKeyOf({ ids }: JobTimeline, key: string): boolean {
  return [...ids].some((id) => key === id || key.endsWith(`}:${id}`));
}

/** When it was first acknowledged; `Infinity` where it never was. */
export function ackedAt({ calls }: JobTimeline): number {
  return Math.min(...calls.flatMap(({ answer }) => (answer?.kind === 'acked' ? answer.at : [])));
}

/** Whether a run came to a good end; where it is as many jobs, one of each. */
export function isFinished({ ids, runs }: JobTimeline): boolean {
  const ended = new Set(runs.flatMap(({ start, end }) => (end?.outcome === 'ok' ? start.id : [])));
  return ids.size > 1 ? [...ids].every((id) => ended.has(id)) : ended.size > 0;
}

/** The moment before which a run may not begin: what the envelope says, and what was asked for where the clock was right. */
export function dueOf({ calls }: JobTimeline, { start }: RunTimeline): number {
  const asked = calls.map(({ call }) => call.dueMs ?? 0);
  return Math.max(start.dueMs, asked.length === 0 ? 0 : Math.min(...asked));
}

/** The run that an end or abort belongs to: the last of that attempt in that process. */
function runOf({ runs }: JobTimeline, { by, attempt }: EventOf<'end'> | EventOf<'aborted'>): RunTimeline | undefined {
  return runs.findLast(({ start }) => start.by === by && start.attempt === attempt);
}
