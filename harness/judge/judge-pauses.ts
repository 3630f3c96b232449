import type { EventOf } from '../history/history-event.js';
import type { BrokenPromise } from './broken-promise.js';
import type { Case } from './case.js';

/** One that is never answered may still be under way for so long. */
const UNDER_WAY_MS = 10_000;

/** What was said of the gate of a tube, and when that was answered. */
interface Word {
  readonly said: EventOf<'gate'>;
  readonly answeredAt: number;
  readonly outcome: string | undefined;
}

/** Once a tube is known to be paused no run of it begins, until it is to be resumed or its pause is over. */
export function* judgePauses({ events, excuses, shown }: Case): Generator<BrokenPromise> {
  const words = readWords(events);
  const starts = events.filter((event): event is EventOf<'start'> => event.kind === 'start');
  for (const pause of words) {
    const { said, answeredAt: from } = pause;
    if (said.word !== 'pause' || pause.outcome !== 'paused') continue;
    const to = endOf(pause, words);
    for (const { at, by, seq, attempt, tube } of starts) {
      if (tube !== said.tube || at <= from || at >= to) continue;
      // A process that gets its answers late, three times in a row, takes Redis to be slow, and believes them.
      if (excuses.forgot(said.at, from, at) || excuses.isSlow(by, said.at, at)) continue;
      const since = `paused from ${shown(from)} to ${shown(to)}`;
      yield { rule: 'started while paused', text: `${seq} by ${by} at ${shown(at)}, attempt ${attempt}: ${since}` };
    }
  }
}

/** When it may be over: its own time is, or another word on the tube that may have come after it was said. */
function endOf({ said }: Word, words: readonly Word[]): number {
  const ends = words.map((other) => {
    if (other.said.tube !== said.tube || other.answeredAt <= said.at) return Infinity;
    if (other.said.word === 'resume') return other.said.at;
    return Math.max(said.at, other.said.at) + (other.said.forMs ?? Infinity);
  });
  return Math.min(...ends);
}

function readWords(events: Case['events']): readonly Word[] {
  const answers = new Map<string, EventOf<'gate-answer'>>();
  for (const event of events) if (event.kind === 'gate-answer') answers.set(`${event.by} ${event.number}`, event);
  const said = events.filter((event): event is EventOf<'gate'> => event.kind === 'gate');
  return said.map((word) => {
    const answer = answers.get(`${word.by} ${word.number}`);
    return { said: word, answeredAt: answer?.at ?? word.at + UNDER_WAY_MS, outcome: answer?.outcome };
  });
}
