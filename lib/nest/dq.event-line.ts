import { faultText } from '../core/errors/shown.js';
import type { DqEventOf, LoggedEvent } from '../core/base/events.js';
import type { EmbeddedSettings } from '../core/options/resolved-options.js';
import type { DqLogger } from './dq.module-options.js';

export type Level = keyof DqLogger;

/** What an event says to an operator. */
interface Line {
  readonly level: Level;
  readonly text: string;
  /** Lines with one key that differ in this are worth a line each. */
  readonly news?: string;
  /** What a handler threw, of which the line shows where. */
  readonly thrown?: unknown;
  /** How many alike are each worth a line, before the others are only counted. @default 1 */
  readonly most?: number;
}

export interface EventLine extends Line {
  /** Lines with one key are alike: one of them stands for many. */
  readonly key: string;
}

type LineOf<Type extends LoggedEvent['type']> = (event: DqEventOf<Type>, embedded?: EmbeddedSettings) => Line;

/** What an event may be about: with its type, the key of its line. */
const SUBJECTS = ['tube', 'first', 'node', 'file', 'told'] as const;
/**
 * Somebody has to look at each dead letter, and needs its id; with more at once there is one cause, and the inspector lists them. Of failed
 * attempts as many, so that a developer sees each attempt of the one job that he looks at.
 */
const MOST_OF_JOBS = 5;

const LINES: { readonly [Type in LoggedEvent['type']]: LineOf<Type> } = {
  'node-lost': ({ node, reason, reached }) => ({
    level: 'warn',
    news: reason,
    text: reached
      ? `Node ${node} is lost: ${reason} Jobs go on with the other nodes, if there are any.`
      : `Node ${node} cannot be reached: ${reason} Check its address in beanstalks, and that beanstalkd listens there.`,
  }),
  'nodes-lost': ({ nodes }) =>
    error(`No node can be reached (${nodes.join(', ')}): no job is scheduled or run until one can.`),
  'nodes-are-one': ({ first, node, serverId }) =>
    error(
      `Nodes ${first} and ${node} are one server (id ${serverId}): two copies there protect nothing. ` +
        'Name each server once in beanstalks. Until then only the first gets copies.',
    ),
  'node-back': ({ node, awayMs, losses }) => log(`Node ${node} is back after ${awayMs} ms${lostOften(losses)}.`),
  'node-full': ({ node, reason }) =>
    error(
      `Node ${node} cannot write its log (${reason}). Is its disk full? Free space and restart it: it holds copies that it does not give out.`,
    ),
  'node-warning': ({ node, reason }) => ({ level: 'warn', news: reason, text: `Node ${node}: ${reason}` }),
  'store-lost': ({ reason, reached }) => ({
    level: 'error',
    news: reason,
    text: reached
      ? `Redis is lost: ${reason}. No job is started until it is back.`
      : `Redis cannot be reached: ${reason}. No job is started until it is. Check the address and the password in redis.`,
  }),
  'store-back': ({ awayMs, losses }) => log(`Redis is back after ${awayMs} ms${lostOften(losses)}.`),
  'store-warning': ({ reason }) => ({ level: 'warn', news: reason, text: reason }),
  'tube-warning': ({ tube, reason }) => warn(`Tube ${tube}: ${reason}`),
  'go-consumer-seen': ({ tube }) =>
    warn(
      `A Go consumer of dq reads tube ${tube} too: it had the lock of a job. It deletes a job before it runs it, tries it once, ` +
        'and drops what is half an hour late. Let one kind of consumer read a tube.',
    ),
  'embedded-started': ({ file }) =>
    file === undefined
      ? warn('Embedded: no servers are used, and all jobs end with this process.')
      : log(`Embedded: no servers are used; ${file} keeps the jobs.`),
  'file-lost': ({ file, reason }) =>
    error(`File ${file} cannot be written: ${reason} No job is scheduled or started while that is so.`),
  'file-back': ({ file, awayMs, losses }) =>
    log(`File ${file} can be written again after ${awayMs} ms${lostOften(losses)}.`),
  'quorum-failed': ({ tube, id, reason }) => error(`Job ${id} for tube ${tube} was not scheduled. ${reason}`),
  'job-failed': (event) => ({
    level: 'warn',
    text: `Job ${event.id} of tube ${event.tube} (${event.handler}) failed in attempt ${event.attempt} and is tried again in ${event.retryMs} ms: ${faultText(event.error)}`,
    thrown: event.error,
    most: MOST_OF_JOBS,
  }),
  'job-dead': (event) => ({
    level: 'error',
    text: `Job ${event.id} of tube ${event.tube} (${event.handler}) is given up after attempt ${event.attempt}: ${event.reason}`,
    thrown: event.error,
    most: MOST_OF_JOBS,
  }),
  'job-skipped': ({ tube, id, lateMs }) =>
    warn(`Job ${id} of tube ${tube} came ${lateMs} ms late and was skipped, as its expires says.`),
  'copy-buried': ({ tube, node, number, reason }) =>
    warn(`Copy ${number} on ${node}, tube ${tube}, was buried: ${reason}`),
  'copy-early': ({ tube, node, earlyMs }) =>
    warn(
      `A copy on ${node}, tube ${tube}, came ${earlyMs} ms early and was put back. Was it kicked, or did a clock step?`,
    ),
  'schedule-missed': ({ tube, name, missed }) =>
    warn(
      `Recurring job ${name} of tube ${tube}: ${missed} run(s) came too late and were left out, as its missed says.`,
    ),
  'schedule-unknown': ({ tube, name }) =>
    warn(
      `Recurring job ${name} of tube ${tube} has had no method here for ten minutes and was removed. If another service has it, give ` +
        'that one a tube of its own.',
    ),
  'result-late': ({ tube, id, attempt, lateMs }) =>
    warn(
      `The handler of job ${id} of tube ${tube}, attempt ${attempt}, ended ${lateMs} ms after its timeout. Its result was ignored.`,
    ),
  'result-refused': ({ tube, id, attempt }) =>
    warn(
      `The result of job ${id} of tube ${tube}, attempt ${attempt}, came too late: its lease was lost to another run.`,
    ),
  'job-superseded': ({ id, tube, attempt }) =>
    log(
      `Job ${id} of tube ${tube} is not tried again after attempt ${attempt}: its key was cancelled, or another job has it.`,
    ),
  'handlers-stuck': ({ tube, handler, running, overMs, id, attempt, ranMs }) =>
    warn(
      `${running} handler(s) of tube ${tube} (${handler}) have run for longer than ${overMs} ms, and no slot is ` +
        `free: its jobs wait. The oldest has job ${id}, attempt ${attempt}, for ${ranMs} ms. Do they wait for something ` +
        'that never comes? A timeout frees their slots; raise concurrency if they are only slow.',
    ),
  'tube-paused': ({ tube, reason, until }) =>
    warn(
      `Tube ${tube} is paused${until === undefined ? '' : ` until ${until.toISOString()}`}${reason === undefined ? '' : ` (${reason})`}: ` +
        'no job of it is started.',
    ),
  'tube-resumed': ({ tube, pausedMs }) => log(`Tube ${tube} is resumed after ${pausedMs} ms.`),
  'operator-action': ({ what, tube, subject, by }) => ({
    ...log(
      `By hand${by === undefined ? '' : `, by ${by}`}: ${what}${subject === undefined ? '' : ` ${subject}`}` +
        `${tube === undefined ? '' : ` of tube ${tube}`}.`,
    ),
    most: Infinity,
  }),
  'listener-failed': ({ listener, told, error: thrown }) => ({
    level: 'error',
    text: `The function ${listener} failed when it got ${told}: ${faultText(thrown)}. The queue goes on.`,
    thrown,
  }),
  'results-untold': ({ tube, count }, embedded) =>
    error(
      `${count} result(s) of tube ${tube} could not be ${embedded ? 'kept' : 'sent to Redis'} before the shutdown. ` +
        'Their jobs run again once their leases are over.',
    ),
  'stop-deadline': ({ tube, running }, embedded) =>
    warn(
      `${running} handler(s) of tube ${tube} outlasted the shutdown deadline; their jobs were given back and ${afterStop(embedded)}.`,
    ),
};

/** The line for an event; `embedded` where the queue is. */
export function lineOf(event: LoggedEvent, embedded?: EmbeddedSettings): EventLine {
  const line = LINES[event.type] as (event: LoggedEvent, embedded?: EmbeddedSettings) => Line;
  const about = event as Readonly<Partial<Record<(typeof SUBJECTS)[number], string>>>;
  const key = [event.type, ...SUBJECTS.flatMap((subject) => about[subject] ?? [])].join(' ');
  return { key, ...line(event, embedded) };
}

function log(text: string): Line {
  return { level: 'log', text };
}

function warn(text: string): Line {
  return { level: 'warn', text };
}

function error(text: string): Line {
  return { level: 'error', text };
}

/** What was lost over and over has one line. */
function lostOften(losses = 1): string {
  return losses > 1 ? `, in which it was lost ${losses} times` : '';
}

/** Embedded, there is no other process that could take them. */
function afterStop(embedded: EmbeddedSettings | undefined): string {
  if (embedded === undefined) return 'run again elsewhere';
  return embedded.file === undefined ? 'end with this process' : 'run again at its next start';
}
