import type { EventOf, HistoryEvent } from '../history/history-event.js';
import type { JobTimeline } from './job-timeline.js';

/** Something that was said of a key. It counts from some moment on that lies between `from` and `ordered`. */
interface Said {
  readonly by: string;
  readonly from: number;
  /** By then it has its place among all that is said of its key; `Infinity` where nobody knows. */
  readonly ordered: number;
  /** When its caller heard what became of it; `Infinity` where it did not. */
  readonly answered: number;
  /** What the caller was told; undefined where that left open what became of it. */
  readonly outcome: string | undefined;
}

export interface KeyPlace extends Said {
  readonly what: 'place';
  readonly seq: number;
  /** Of its own job. */
  readonly id: string | undefined;
  readonly policy: string;
  readonly placed: EventOf<'placed'> | undefined;
}

export type KeySaid =
  KeyPlace | (Said & { readonly what: 'cancel' }) | (Said & { readonly what: 'move'; readonly dueMs: number });

/** All that was said of one key, in the order in which it was begun. */
export interface KeyTimeline {
  readonly key: string;
  readonly said: readonly KeySaid[];
  /** What the store was told, where it is watched. */
  readonly words: readonly EventOf<'key-word'>[];
}

/** Whether whoever began `next` could know of `said`. */
export function isBefore(said: KeySaid, next: KeySaid): boolean {
  return said.ordered < next.from;
}

/** Whether its caller was told that its own job stands. */
export function tookKey(said: KeySaid): said is KeyPlace {
  return said.what === 'place' && (said.outcome === 'scheduled' || said.outcome === 'replaced');
}

/** Sorts a history by keys. */
export function tellKeys(
  events: readonly HistoryEvent[],
  timelines: readonly JobTimeline[],
): ReadonlyMap<string, KeyTimeline> {
  const words = events.filter((event): event is EventOf<'key-word'> => event.kind === 'key-word');
  const reserved = new Map<string, number>();
  for (const { word, answer, id = '', at } of words) {
    if (word === 'reserve' && answer === 'reserved' && !reserved.has(id)) reserved.set(id, at);
  }
  const answers = new Map<string, EventOf<'word-answer'>>();
  for (const event of events) if (event.kind === 'word-answer') answers.set(`${event.by} ${event.number}`, event);
  const found = new Map<string, KeySaid[]>();
  const add = (key: string, said: KeySaid): void => void found.set(key, [...(found.get(key) ?? []), said]);
  for (const { seq, calls } of timelines) {
    for (const { call, answer } of calls) {
      const { keyed, at: from, by } = call;
      if (keyed === undefined) continue;
      const isRefused = answer?.kind === 'rejected' && answer.safe;
      const placed = answer?.kind === 'placed' ? answer : undefined;
      const isTold = isRefused || placed !== undefined;
      const answered = isTold ? (answer?.at ?? Infinity) : Infinity;
      const ordered = Math.min(answered, reserved.get(keyed.id ?? '') ?? Infinity);
      const outcome = isRefused ? 'refused' : placed?.outcome;
      const { key, policy, id } = keyed;
      add(key, { what: 'place', by, from, ordered, answered, outcome, seq, id, policy, placed });
    }
  }
  for (const event of events) {
    if (event.kind !== 'word') continue;
    const { key, by, number, at: from, dueMs } = event;
    const answer = answers.get(`${by} ${number}`);
    const outcome = answer === undefined || answer.outcome.startsWith('DQ_') ? undefined : answer.outcome;
    const answered = outcome === undefined ? Infinity : (answer?.at ?? Infinity);
    const said = { by, from, ordered: answered, answered, outcome };
    add(key, dueMs === undefined ? { ...said, what: 'cancel' } : { ...said, what: 'move', dueMs });
  }
  return new Map(
    [...found].map(([key, said]) => {
      const ofKey = words.filter(({ slot }) => slot.endsWith(`}@${key}`));
      return [key, { key, said: said.toSorted((one, other) => one.from - other.from), words: ofKey }];
    }),
  );
}
