import type { DqPeekedCopy } from '../core/inspector/peek.js';
import type { DqJobStatus } from '../core/inspector/job-status.js';
import { sentence } from './sentence.js';
import type { HereState, PauseState, Sentence } from './wire.js';

/** What is known of a job, and of what it waits for. */
export interface Facts {
  readonly now: number;
  readonly tube: string;
  /** Undefined: who knows did not answer. */
  readonly status: DqJobStatus | undefined;
  readonly dueAt: number | null;
  readonly pause: PauseState;
  /** Undefined: not asked for, by an id alone. */
  readonly copies: readonly DqPeekedCopy[] | undefined;
  /** Processes that wait for jobs of its tube; `null`: no node said. */
  readonly consumers: number | null;
  /** Copies that are due, on the node that has the most. */
  readonly ready: number;
  readonly silent: readonly string[];
  readonly nodes: number;
  readonly here: HereState | null;
}

/** Nothing starts them again, whatever is away. */
const OVER: ReadonlySet<DqJobStatus['state']> = new Set(['done', 'dead', 'revoked', 'foreign']);

/** Why a job has not run, the most likely reason first. Empty for one that runs or ran. */
export function reasonsOf(facts: Facts): readonly Sentence[] {
  const reasons = othersOf(facts);
  const isOver = facts.status !== undefined && OVER.has(facts.status.state);
  return isRedisAway(facts) && !isOver && reasons.length > 0
    ? ['Redis does not answer: no job starts anywhere until it does.', ...reasons]
    : reasons;
}

function isRedisAway({ pause }: Facts): boolean {
  return pause.state === 'unknown';
}

function othersOf(facts: Facts): readonly Sentence[] {
  const { status, now } = facts;
  switch (status?.state) {
    case undefined:
      return [
        'Nobody could be asked what became of it: Redis, or the only nodes that may have it, do not answer.',
        ...hindrances(facts),
      ];
    case 'done':
      return [];
    case 'dead':
      return [
        `It was given up after ${counted(status.attempts, 'attempt')}, and is a dead letter: ${status.reason || 'nobody remembers why'}. Nothing runs it again by itself.`,
      ];
    case 'revoked':
      return [
        'It was taken back: revoked, cancelled by its key, or replaced by another job with its key. It never runs.',
      ];
    case 'foreign':
      return ["A consumer of Go's dq has taken it: it is done, or runs there. What became of it is not known here."];
    case 'running':
      return +status.leaseEnds > now
        ? []
        : [
            sentence`The consumer that ran it has not been heard of since its lease ended at ${status.leaseEnds}: it has died or hangs. Another one takes it over.`,
            ...hindrances(facts),
          ];
    case 'pending':
      return [
        'A call is writing it just now, or its process died while it did. In the second case it runs if two nodes have it, or the next call with its id or key does it anew.',
        ...hindrances(facts),
      ];
    case 'retrying':
      return waiting(
        facts,
        status.nextAt,
        `It waits for another attempt, after ${status.attempt} so far: it failed, was put off or given back.`,
      );
    case 'scheduled':
      return waiting(facts, status.dueAt, 'It has not started yet.');
    case 'unknown':
      // An id that was not the caller's own is in no claim before the first attempt.
      return facts.copies === undefined
        ? [
            ...hindrances(facts).map((reason) => sentence`If it waits: ${reason}`),
            'No claim knows it: it waits for its first attempt, ended longer ago than is kept, or never existed. Its handle tells more.',
          ]
        : ['Nobody remembers it, and no node has a copy: it ended longer ago than that is kept, or it never existed.'];
  }
}

function waiting(facts: Facts, at: Date, what: string): readonly Sentence[] {
  const found = hindrances(facts);
  if (+at > facts.now) {
    const begins = facts.status?.state === 'retrying' ? `${what} That` : 'It is not due yet: it';
    return [sentence`${begins} may start at ${at}.`, ...found.map((reason) => sentence`When it is due: ${reason}`)];
  }
  const late = sentence`${what} It has been due since ${at}.`;
  if (found.length > 0) return [...found, late];
  return isRedisAway(facts) ? [late] : [late, ...crowd(facts)];
}

/** What keeps jobs of the tube, or this one, from being started. */
function hindrances(facts: Facts): readonly Sentence[] {
  const { tube, pause, consumers, copies, silent, nodes } = facts;
  const found: Sentence[] = [];
  if (pause.state === 'paused') {
    const until = pause.until === null ? 'until somebody resumes it' : sentence`until ${new Date(pause.until)}`;
    const why = pause.reason === null ? '' : ` (${pause.reason})`;
    found.push(
      sentence`Tube ${tube} has been paused since ${new Date(pause.since)}, ${until}${why}: no job of it starts.`,
    );
  }
  if (silent.length === nodes) found.push('No node answers: nobody can take jobs from them.');
  else if (consumers === 0) {
    found.push(
      `No process takes jobs of tube ${tube}: none is connected to a node to wait for them. Is the service with its handler running, and may it consume (option consume)?`,
    );
  }
  const away = (copies ?? []).filter(({ state }) => state === 'unknown').map(({ node }) => node);
  if (copies !== undefined && copies.every(({ state }) => state === 'gone'))
    found.push(
      'None of its nodes has its copy any more under the number that its handle names: it was moved, retried or deleted.',
    );
  else if (away.length > 0 && silent.length < nodes) {
    const only = copies?.every(({ state }) => state === 'unknown' || state === 'gone') === true;
    found.push(
      `${away.length === 1 ? 'Its node' : 'Its nodes'} ${away.join(', ')} did not answer${only ? ', and no other has a copy: it waits until one is back' : '; its other copies suffice'}.`,
    );
  }
  return found;
}

/** It could start, and others stand before it. */
function crowd({ tube, ready, consumers, here }: Facts): readonly Sentence[] {
  const found: Sentence[] = [];
  if (here !== null && here.running >= here.concurrency) {
    const { oldest } = here;
    const since = oldest === null ? '' : sentence`, the oldest by job ${oldest.id} since ${new Date(oldest.startedAt)}`;
    found.push(sentence`All slots (${here.concurrency}) of tube ${tube} in this process are taken${since}.`);
  }
  if (ready > 1)
    found.push(
      `${ready} jobs or so of tube ${tube} are due, and ${consumers === null ? 'it is not known how many processes' : counted(consumers, 'process', 'processes')} wait for them: it may stand in line.`,
    );
  if (found.length === 0)
    found.push('Nothing that is known here keeps it: it should start within a moment. Look again.');
  return found;
}

function counted(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}
