import type { EventOf, HistoryEvent } from '../history/history-event.js';

/** One entry of a handler. */
export interface RunStory {
  readonly start: EventOf<'start'>;
  end: EventOf<'end'> | undefined;
  readonly aborted: EventOf<'aborted'>[];
}

/** One call of `delay()` or `at()`; a caller may ask for the same job again. */
export interface CallStory {
  readonly call: EventOf<'call'>;
  answer: EventOf<'acked'> | EventOf<'rejected'> | undefined;
}

/** All that happened to one job. */
export interface JobStory {
  readonly seq: number;
  /**
   * What names it in the library's events, as far as anybody has told. More than one where it was acknowledged more than
   * once, under an id of its own each time: then it is as many jobs.
   */
  readonly ids: Set<string>;
  readonly calls: CallStory[];
  /** The last acknowledgement, if there was one. */
  acked: EventOf<'acked'> | undefined;
  /** The last refusal, if there was one. */
  rejected: EventOf<'rejected'> | undefined;
  revoke: EventOf<'revoke'> | undefined;
  revokeAnswer: EventOf<'revoke-answer'> | undefined;
  /** In the order of their starts. */
  readonly runs: RunStory[];
  dead: boolean;
  readonly leftovers: EventOf<'leftover'>[];
}

/** Sorts a history by jobs. */
export function tellStories(events: readonly HistoryEvent[]): ReadonlyMap<number, JobStory> {
  const stories = new Map<number, JobStory>();
  const of = (seq: number): JobStory => {
    let story = stories.get(seq);
    if (story === undefined) {
      story = {
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
      stories.set(seq, story);
    }
    return story;
  };
  const dead = new Set<string>();
  // Each process tells in order, but nothing is said about the order between two of them.
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    switch (event.kind) {
      case 'call':
        of(event.seq).calls.push({ call: event, answer: undefined });
        break;
      case 'acked':
      case 'rejected': {
        const story = of(event.seq);
        const asked = story.calls.findLast(({ call, answer }) => call.by === event.by && answer === undefined);
        if (asked !== undefined) asked.answer = event;
        if (event.kind === 'rejected') story.rejected = event;
        else {
          story.acked = event;
          story.ids.add(event.id);
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
  for (const story of stories.values()) {
    const [first] = story.runs;
    if (story.ids.size === 0 && first !== undefined) story.ids.add(first.start.id);
    story.dead = [...story.ids].some((id) => dead.has(id));
  }
  return stories;
}

/** The run that an end or abort belongs to: the last of that attempt in that process. */
function runOf({ runs }: JobStory, { by, attempt }: EventOf<'end'> | EventOf<'aborted'>): RunStory | undefined {
  return runs.findLast(({ start }) => start.by === by && start.attempt === attempt);
}
