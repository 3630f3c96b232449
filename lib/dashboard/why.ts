import type { DqPeekedCopy } from '../core/inspector/peek.js';
import type { DqJobStatus } from '../core/inspector/job-status.js';
import type { HereState, PauseState } from './wire.js';

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

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Nothing starts them again, whatever is away. */
const OVER: ReadonlySet<DqJobStatus['state']> = new Set(['done', 'dead', 'revoked', 'foreign']);

/** Why a job has not run, the most likely reason first. Empty for one that runs or ran. */
export function reasonsOf(facts: Facts): readonly string[] {
  const reasons = othersOf(facts);
  const isOver = facts.status !== undefined && OVER.has(facts.status.state);
  return isRedisAway(facts) && !isOver && reasons.length > 0
    ? ['Redis does not answer: no job starts anywhere until it does.', ...reasons]
    : reasons;
}

function isRedisAway({ pause }: Facts): boolean {
  return pause.state === 'unknown';
}

function othersOf(facts: Facts): readonly string[] {
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
            `The consumer that ran it has not been heard of since its lease ended, ${ago(+status.leaseEnds, now)}: it has died or hangs. Another one takes it over.`,
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
        +status.nextAt,
        `It waits for another attempt, after ${status.attempt} so far: it failed, was put off or given back.`,
      );
    case 'scheduled':
      return waiting(facts, +status.dueAt, 'It has not started yet.');
    case 'unknown':
      // An id that was not the caller's own is in no claim before the first attempt.
      return facts.copies === undefined
        ? [
            ...hindrances(facts).map((reason) => `If it waits: ${reason}`),
            'No claim knows it: it waits for its first attempt, ended longer ago than is kept, or never existed. Its handle tells more.',
          ]
        : ['Nobody remembers it, and no node has a copy: it ended longer ago than that is kept, or it never existed.'];
  }
}

function waiting(facts: Facts, at: number, what: string): readonly string[] {
  const { now } = facts;
  const found = hindrances(facts);
  if (at > now) {
    const begins = `may start at ${timeOf(at)}, in ${lengthOf(at - now)}.`;
    const due = facts.status?.state === 'retrying' ? `${what} That ${begins}` : `It is not due yet: it ${begins}`;
    return [due, ...found.map((reason) => `When it is due: ${reason}`)];
  }
  const late = `${what} It is due since ${timeOf(at)}, ${ago(at, now)}.`;
  if (found.length > 0) return [...found, late];
  return isRedisAway(facts) ? [late] : [late, ...crowd(facts)];
}

/** What keeps jobs of the tube, or this one, from being started. */
function hindrances(facts: Facts): readonly string[] {
  const { tube, pause, consumers, copies, silent, nodes, now } = facts;
  const found: string[] = [];
  if (pause.state === 'paused') {
    const until = pause.until === null ? 'until somebody resumes it' : `until ${timeOf(pause.until)}`;
    const why = pause.reason === null ? '' : ` (${pause.reason})`;
    found.push(
      `Tube ${tube} is paused since ${timeOf(pause.since)}, ${ago(pause.since, now)}, ${until}${why}: no job of it starts.`,
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
function crowd({ tube, ready, consumers, here }: Facts): readonly string[] {
  const found: string[] = [];
  if (here !== null && here.running >= here.concurrency) {
    found.push(
      `All slots (${here.concurrency}) of tube ${tube} in this process are taken${here.oldest === null ? '' : `, the oldest since ${timeOf(here.oldest.startedAt)} by job ${here.oldest.id}`}.`,
    );
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

function timeOf(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}

function ago(ms: number, now: number): string {
  return now - ms < 1_000 ? 'just now' : `${lengthOf(now - ms)} ago`;
}

/** The two largest units. */
function lengthOf(ms: number): string {
  let rest = Math.max(1_000, ms);
  const parts = UNITS.flatMap(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return parts.slice(0, 2).join(' ');
}
