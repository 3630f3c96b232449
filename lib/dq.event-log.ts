import { Logger } from '@nestjs/common';
import { type Clock, systemClock, type Timer } from './core/clock.js';
import { DqOptionsError } from './core/errors/argument.errors.js';
import { faultText, shown } from './core/errors/shown.js';
import type { DqEvent } from './core/events.js';
import type { DqLogger } from './dq.module-options.js';

type Level = keyof DqLogger;

interface LastLine {
  readonly at: number;
  readonly level: Level;
  leftOut: number;
}

const OPPOSITES = [
  ['node-lost', 'node-back'],
  ['store-lost', 'store-back'],
  ['file-lost', 'file-back'],
] as const;
const LEVELS: readonly Level[] = ['log', 'warn', 'error'];
/** One line per kind of event and node or tube in this time. */
const QUIET_MS = 10_000;
/** Keys are nodes and tubes, so there are few; this bounds them all the same. */
const MOST_KEYS = 1_000;
/** Errors of handlers may have any text. */
const LONGEST_LINE = 1_000;

/** Writes events as log lines: one each, rate-limited, never with a payload. */
export class DqEventLog {
  readonly #logger: DqLogger | undefined;
  readonly #clock: Clock;
  readonly #last = new Map<string, LastLine>();
  #timer: Timer | undefined;

  /** @throws DqOptionsError */
  constructor(logger: DqLogger | false | undefined, clock: Clock = systemClock) {
    if (logger !== undefined && logger !== false) checkLogger(logger);
    this.#logger = logger === false ? undefined : (logger ?? new Logger('DqModule'));
    this.#clock = clock;
  }

  write(event: DqEvent): void {
    if (this.#logger === undefined) return;
    // The job has its own line.
    if (event.type === 'copy-buried' && event.dead) return;
    const { level, key, text } = lineOf(event);
    // After a line that says back, the next loss is news again, and the other way round.
    for (const [lost, back] of OPPOSITES) {
      if (event.type === lost) this.#last.delete(key.replace(lost, back));
      else if (event.type === back) this.#last.delete(key.replace(back, lost));
    }
    const now = this.#clock.monotonic();
    const last = this.#last.get(key);
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.leftOut++;
      this.#timer ??= this.#clock.after(QUIET_MS, () => this.#onTimer());
      return;
    }
    const leftOut = last?.leftOut ?? 0;
    if (this.#last.size >= MOST_KEYS) this.#forget(0);
    this.#last.set(key, { at: now, level, leftOut: 0 });
    const more = leftOut > 0 ? ` (and ${leftOut} more like it since the last line)` : '';
    this.#line(level, text, more);
  }

  /** Tells what was left out so far, and sets no timer for it. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#forget(0);
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#forget(QUIET_MS);
    const waits = [...this.#last.values()].some(({ leftOut }) => leftOut > 0);
    if (waits) this.#timer = this.#clock.after(QUIET_MS, () => this.#onTimer());
  }

  /** Ends the silence of lines that are so old, and tells how many like them were left out. */
  #forget(ageMs: number): void {
    const now = this.#clock.monotonic();
    for (const [key, { at, level, leftOut }] of this.#last) {
      if (now - at < ageMs) continue;
      if (leftOut > 0) this.#line(level, `${leftOut} more like the last line of ${key} were left out.`);
      this.#last.delete(key);
    }
  }

  /** The core must not be disturbed by what a logger throws. */
  #line(level: Level, text: string, more = ''): void {
    try {
      this.#logger?.[level](oneLine(text) + more);
    } catch {
      // There is nobody left to tell.
    }
  }
}

function checkLogger(logger: unknown): void {
  const methods = logger as Partial<Record<Level, unknown>> | null;
  if (LEVELS.every((level) => typeof methods?.[level] === 'function')) return;
  throw new DqOptionsError(
    `Expected logger to be false or an object with the methods log, warn and error, such as Nest's Logger, got ${shown(logger)}.`,
  );
}

/** Whoever reads lines takes each for one event, and must not be given control characters by an error's text. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\u2028\u2029]+\s*/gu, ' ');
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)}...`;
}

function lineOf(event: DqEvent): { level: Level; key: string; text: string } {
  const { type } = event;
  switch (event.type) {
    case 'node-lost':
      return {
        level: 'warn',
        key: `${type} ${event.node}`,
        text: `Node ${event.node} is lost: ${event.reason} Jobs go on with the others, if there are any.`,
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
    case 'node-warning':
      return { level: 'warn', key: `${type} ${event.node}`, text: `Node ${event.node}: ${event.reason}` };
    case 'store-lost':
      return { level: 'error', key: type, text: `Redis is lost: ${event.reason}. No job is started until it is back.` };
    case 'store-back':
      return { level: 'log', key: type, text: `Redis is back after ${event.awayMs} ms.` };
    case 'store-warning':
      return { level: 'warn', key: `${type} ${event.reason}`, text: event.reason };
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
        text: `File ${event.file} can be written again after ${event.awayMs} ms.`,
      };
    case 'file-warning':
      return { level: 'warn', key: `${type} ${event.file}`, text: `File ${event.file}: ${event.reason}` };
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
        text: `Job ${event.id} of tube ${event.tube} failed in attempt ${event.attempt} and is tried again in ${event.retryMs} ms: ${faultText(event.error)}`,
      };
    case 'job-dead':
      return {
        level: 'error',
        key: `${type} ${event.tube}`,
        text: `Job ${event.id} of tube ${event.tube} is given up after attempt ${event.attempt}: ${event.reason}`,
      };
    case 'job-skipped':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `Job ${event.id} of tube ${event.tube} came ${event.lateMs} ms late and was skipped, as its expires says.`,
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
    case 'results-untold':
      return {
        level: 'error',
        key: `${type} ${event.tube}`,
        text:
          `${event.count} result(s) of tube ${event.tube} could not be told to Redis before the shutdown. ` +
          'Their jobs run again once their leases are over.',
      };
    case 'stop-deadline':
      return {
        level: 'warn',
        key: `${type} ${event.tube}`,
        text: `${event.running} handler(s) of tube ${event.tube} outlasted the shutdown deadline; their jobs were given back and run again elsewhere.`,
      };
  }
}
