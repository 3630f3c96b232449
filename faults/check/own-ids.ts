import type { EventOf, HistoryEvent } from '../history/history-event.js';
import type { JobStory } from './job-story.js';

/** What is said of a job is a moment old when it is heard, and what a handler did is told to the store a moment later. */
const SLACK_MS = 1_500;

/** What is wrong with ids that callers gave: each in words. */
export interface IdFaults {
  readonly idTwice: readonly string[];
  readonly toldWrong: readonly string[];
}

/** An id has one living job at a time, and who asks for it while it is taken hears the truth about that job. */
export function judgeIds(stories: readonly JobStory[], events: readonly HistoryEvent[]): IdFaults {
  const owners = new Map<string, JobStory[]>();
  for (const story of stories) {
    if (!story.calls.some(({ answer }) => answer?.kind === 'acked' && answer.nodes.length > 0)) continue;
    for (const id of story.ids) owners.set(id, [...(owners.get(id) ?? []), story]);
  }
  const idTwice = [...owners].flatMap(([id, stories]) => {
    const [first, ...later] = stories.toSorted((one, other) => ackedAt(one) - ackedAt(other));
    return later.flatMap((story) => {
      const living = first !== undefined && !isOver(first, ackedAt(story));
      return living ? `${id}: ${story.seq} was accepted while ${first.seq} lived` : [];
    });
  });
  const toldWrong = events.flatMap((event) => {
    if (event.kind !== 'taken' || event.state === 'pending') return [];
    const known = owners.get(event.id) ?? [];
    return known.length === 0 || known.some((story) => wasTrue(story, event))
      ? []
      : `${event.id}: "${event.state}" was told to ${event.seq}`;
  });
  return { idTwice, toldWrong };
}

function ackedAt({ calls }: JobStory): number {
  return Math.min(...calls.flatMap(({ answer }) => (answer?.kind === 'acked' ? answer.at : [])));
}

function isOver({ runs, dead, revokeAnswer }: JobStory, at: number): boolean {
  const isDone = runs.some(({ end }) => end?.outcome === 'ok' && end.at <= at);
  return isDone || dead || (revokeAnswer?.outcome === 'revoked' && revokeAnswer.at <= at);
}

function wasTrue({ runs, dead, revokeAnswer }: JobStory, { state, at }: EventOf<'taken'>): boolean {
  const last = runs.findLast(({ start }) => start.at <= at);
  const isDone = last?.end?.outcome === 'ok' && last.end.at <= at;
  switch (state) {
    case 'done':
      return isDone;
    case 'running':
      return last !== undefined && (last.end === undefined || last.end.at + SLACK_MS >= at);
    case 'scheduled':
      return !isDone || (last?.start.at ?? 0) + SLACK_MS >= at;
    case 'dead':
      return dead;
    default:
      return revokeAnswer !== undefined;
  }
}
