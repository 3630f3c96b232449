import { Logger, type LoggerService } from '@nestjs/common';
import type { DqEvent } from './core/events.js';
import { textOf } from './core/errors/shown.js';
import { type Clock, systemClock } from './core/clock.js';

type Lines = Pick<LoggerService, 'log' | 'warn' | 'error'>;
type Level = keyof Lines;

/** One line per kind of event and node or tube in this time. */
const QUIET_MS = 10_000;
/** Keys are nodes and tubes, so there are few; this bounds them all the same. */
const MOST_KEYS = 1_000;

/** Writes events as log lines: one each, rate-limited, never with a payload. */
export class DqEventLog {
  readonly #lines: Lines | undefined;
  readonly #clock: Clock;
  readonly #last = new Map<string, { readonly at: number; leftOut: number }>();

  constructor(logger: Lines | false | undefined, clock: Clock = systemClock) {
    this.#lines = logger === false ? undefined : (logger ?? new Logger('DqModule'));
    this.#clock = clock;
  }

  write(event: DqEvent): void {
    if (this.#lines === undefined) return;
    const { level, key, text } = lineOf(event);
    const now = this.#clock.monotonic();
    const last = this.#last.get(key);
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.leftOut++;
      return;
    }
    if (this.#last.size >= MOST_KEYS) this.#last.clear();
    this.#last.set(key, { at: now, leftOut: 0 });
    const more =
      last !== undefined && last.leftOut > 0 ? ` (and ${last.leftOut} more like it since the last line)` : '';
    this.#lines[level](text + more);
  }
}

function lineOf(event: DqEvent): { level: Level; key: string; text: string } {
  const { type } = event;
  switch (event.type) {
    case 'node-lost':
      return {
        level: 'warn',
        key: `${type} ${event.node}`,
        text: `Node ${event.node} is lost: ${event.reason} Jobs go on with the other nodes.`,
      };
    case 'node-back':
      return {
        level: 'log',
        key: `${type} ${event.node}`,
        text: `Node ${event.node} is back after ${event.awayMs} ms.`,
      };
    case 'node-full':
      return {
        level: 'error',
        key: `${type} ${event.node}`,
        text: `Node ${event.node} cannot write its log (${event.reason}). Is its disk full? Free space and restart it: it holds copies that it does not give out.`,
      };
    case 'store-lost':
      return { level: 'error', key: type, text: `Redis is lost: ${event.reason}. No job is started until it is back.` };
    case 'store-back':
      return { level: 'log', key: type, text: `Redis is back after ${event.awayMs} ms.` };
    case 'store-warning':
      return { level: 'warn', key: `${type} ${event.reason}`, text: event.reason };
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
        text: `Job ${event.id} of tube ${event.tube} failed in attempt ${event.attempt} and is tried again in ${event.retryMs} ms: ${textOf(event.error)}`,
      };
    case 'job-dead':
      return {
        level: 'error',
        key: `${type} ${event.tube}`,
        text: `Job ${event.id} of tube ${event.tube} is given up after attempt ${event.attempt}: ${event.reason}`,
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
    case 'result-refused':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `The result of job ${event.id} of tube ${event.tube}, attempt ${event.attempt}, came too late: its lease was lost to another run.`,
      };
    case 'stop-deadline':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `${event.running} handler(s) of tube ${event.tube} outlasted the shutdown deadline; their jobs were given back and run again elsewhere.`,
      };
  }
}
