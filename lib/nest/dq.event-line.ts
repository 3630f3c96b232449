import { faultText } from '../core/errors/shown.js';
import type { LoggedEvent } from '../core/base/events.js';
import type { EmbeddedSettings } from '../core/options/resolved-options.js';
import type { DqLogger } from './dq.module-options.js';

export type Level = keyof DqLogger;

/** What an event says to an operator. */
export interface EventLine {
  readonly level: Level;
  /** Lines with one key are alike: one of them stands for many. */
  readonly key: string;
  /** Lines with one key that differ in this are worth a line each. */
  readonly news?: string;
  readonly text: string;
  /** What a handler threw, of which the line shows where. */
  readonly thrown?: unknown;
  /** How many alike are each worth a line, before the others are only counted. @default 1 */
  readonly most?: number;
}

/** Somebody has to look at each dead letter, and needs its id; with more at once there is one cause, and the inspector lists them. */
const MOST_DEAD = 5;

/** The line for an event; `embedded` where the queue is. */
export function lineOf(event: LoggedEvent, embedded?: EmbeddedSettings): EventLine {
  const { type } = event;
  switch (event.type) {
    case 'node-lost':
      return {
        level: 'warn',
        key: `${type} ${event.node}`,
        news: event.reason,
        text: event.reached
          ? `Node ${event.node} is lost: ${event.reason} Jobs go on with the other nodes, if there are any.`
          : `Node ${event.node} cannot be reached: ${event.reason} Check its address in beanstalks, and that beanstalkd listens there.`,
      };
    case 'nodes-lost':
      return {
        level: 'error',
        key: type,
        text: `No node can be reached (${event.nodes.join(', ')}): no job is scheduled or run until one can.`,
      };
    case 'nodes-are-one':
      return {
        level: 'error',
        key: `${type} ${event.first} ${event.node}`,
        text:
          `Nodes ${event.first} and ${event.node} are one server (id ${event.serverId}): two copies there protect nothing. ` +
          'Name each server once in beanstalks. Until then only the first gets copies.',
      };
    case 'node-back':
      return {
        level: 'log',
        key: `${type} ${event.node}`,
        text: `Node ${event.node} is back after ${event.awayMs} ms${lostOften(event.losses)}.`,
      };
    case 'node-full':
      return {
        level: 'error',
        key: `${type} ${event.node}`,
        text: `Node ${event.node} cannot write its log (${event.reason}). Is its disk full? Free space and restart it: it holds copies that it does not give out.`,
      };
    case 'node-warning':
      return {
        level: 'warn',
        key: `${type} ${event.node}`,
        news: event.reason,
        text: `Node ${event.node}: ${event.reason}`,
      };
    case 'store-lost':
      return {
        level: 'error',
        key: type,
        news: event.reason,
        text: event.reached
          ? `Redis is lost: ${event.reason}. No job is started until it is back.`
          : `Redis cannot be reached: ${event.reason}. No job is started until it is. Check the address and the password in redis.`,
      };
    case 'store-back':
      return { level: 'log', key: type, text: `Redis is back after ${event.awayMs} ms${lostOften(event.losses)}.` };
    case 'store-warning':
      return { level: 'warn', key: `${type} ${event.reason}`, text: event.reason };
    case 'tube-warning':
      return { level: 'warn', key: `${type} ${event.tube}`, text: `Tube ${event.tube}: ${event.reason}` };
    case 'go-consumer-seen':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text:
          `A Go consumer of dq reads tube ${event.tube} too: it had the lock of a job. It deletes a job before it runs it, tries it once, ` +
          'and drops what is half an hour late. Let one kind of consumer read a tube.',
      };
    case 'embedded-started':
      return event.file === undefined
        ? { level: 'warn', key: type, text: 'Embedded: no servers are used, and all jobs end with this process.' }
        : { level: 'log', key: type, text: `Embedded: no servers are used; ${event.file} keeps the jobs.` };
    case 'file-lost':
      return {
        level: 'error',
        key: `${type} ${event.file}`,
        text: `File ${event.file} cannot be written: ${event.reason} No job is scheduled or started while that is so.`,
      };
    case 'file-back':
      return {
        level: 'log',
        key: `${type} ${event.file}`,
        text: `File ${event.file} can be written again after ${event.awayMs} ms${lostOften(event.losses)}.`,
      };
    case 'quorum-failed':
      return {
        level: 'error',
        key: `${type} ${event.tube}`,
        text: `Job ${event.id} for tube ${event.tube} was not scheduled. ${event.reason}`,
      };
    case 'job-failed':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `Job ${event.id} of tube ${event.tube} (${event.handler}) failed in attempt ${event.attempt} and is tried again in ${event.retryMs} ms: ${faultText(event.error)}`,
        thrown: event.error,
      };
    case 'job-dead':
      return {
        level: 'error',
        key: `${type} ${event.tube}`,
        text: `Job ${event.id} of tube ${event.tube} (${event.handler}) is given up after attempt ${event.attempt}: ${event.reason}`,
        thrown: event.error,
        most: MOST_DEAD,
      };
    case 'job-skipped':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `Job ${event.id} of tube ${event.tube} came ${event.lateMs} ms late and was skipped, as its expires says.`,
      };
    case 'schedule-missed':
      return {
        level: 'warn',
        key: `${type} ${event.tube} ${event.name}`,
        text: `${event.missed} run(s) of the recurring job ${event.name}, tube ${event.tube}, came too late and were left out, as its missed says.`,
      };
    case 'schedule-unknown':
      return {
        level: 'warn',
        key: `${type} ${event.tube} ${event.name}`,
        text:
          `The recurring job ${event.name} of tube ${event.tube} has had no method here for ten minutes and was removed. If another service ` +
          'has it, give that one a tube of its own.',
      };
    case 'copy-buried':
      return {
        level: 'warn',
        key: `${type} ${event.tube} ${event.node}`,
        text: `Copy ${event.number} on ${event.node}, tube ${event.tube}, was buried: ${event.reason}`,
      };
    case 'copy-early':
      return {
        level: 'warn',
        key: `${type} ${event.tube} ${event.node}`,
        text: `A copy on ${event.node}, tube ${event.tube}, came ${event.earlyMs} ms early and was put back. Was it kicked, or did a clock step?`,
      };
    case 'result-late':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `The handler of job ${event.id} of tube ${event.tube}, attempt ${event.attempt}, ended ${event.lateMs} ms after its timeout. Its result was ignored.`,
      };
    case 'result-refused':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `The result of job ${event.id} of tube ${event.tube}, attempt ${event.attempt}, came too late: its lease was lost to another run.`,
      };
    case 'handlers-stuck':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text:
          `${event.running} handler(s) of tube ${event.tube} (${event.handler}) have run for longer than ${event.overMs} ms, and no slot is ` +
          `free: its jobs wait. The oldest has job ${event.id}, attempt ${event.attempt}, for ${event.ranMs} ms. Do they wait for something ` +
          'that never comes? A timeout frees their slots; raise concurrency if they are only slow.',
      };
    case 'listener-failed':
      return {
        level: 'error',
        key: `${type} ${event.told}`,
        text: `The function ${event.listener} failed when it got ${event.told}: ${faultText(event.error)}. The queue goes on.`,
        thrown: event.error,
      };
    case 'results-untold':
      return {
        level: 'error',
        key: `${type} ${event.tube}`,
        text:
          `${event.count} result(s) of tube ${event.tube} could not be ${embedded ? 'kept' : 'sent to Redis'} before the shutdown. ` +
          'Their jobs run again once their leases are over.',
      };
    case 'stop-deadline':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `${event.running} handler(s) of tube ${event.tube} outlasted the shutdown deadline; their jobs were given back and ${afterStop(embedded)}.`,
      };
  }
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
