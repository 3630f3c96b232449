import { Logger } from '@nestjs/common';
import { apart } from '../core/base/boot-context.js';
import { type Clock, systemClock, type Timer } from '../core/base/clock.js';
import { visible } from '../core/errors/shown.js';
import { stackFrames } from '../core/errors/stack-frames.js';
import { type DqEvent, isLogged } from '../core/base/events.js';
import { call } from '../core/base/listener.js';
import { unfit } from '../core/options/option-checks.js';
import type { EmbeddedSettings } from '../core/options/resolved-options.js';
import { type Level, lineOf } from './dq.event-line.js';
import type { DqLogger } from './dq.module-options.js';

/** What was written of one kind, and since when that counts. */
interface Written {
  readonly key: string;
  readonly at: number;
  readonly level: Level;
  lines: number;
  leftOut: number;
}

const OPPOSITES = [
  ['node-lost', 'node-back'],
  ['store-lost', 'store-back'],
  ['file-lost', 'file-back'],
] as const;
const LEVELS: readonly Level[] = ['log', 'warn', 'error'];
/** In this time a kind of event has one line per node or tube, or as many as it is worth. */
const QUIET_MS = 10_000;
/** Keys are nodes and tubes, so there are few; this bounds them all the same. */
const MOST_KEYS = 1_000;
/** Errors of handlers may have any text. */
const LONGEST_LINE = 1_000;
/** Of a text that is made into a line. */
const LONGEST_TEXT = 10_000;

/** Writes events as log lines: one each, rate-limited, never with a payload. */
export class DqEventLog {
  readonly #logger: DqLogger | undefined;
  readonly #clock: Clock;
  readonly #last = new Map<string, Written>();
  #timer: Timer | undefined;

  /** @throws DqOptionsError */
  constructor(logger: DqLogger | false | undefined, clock: Clock = systemClock) {
    if (logger !== undefined && logger !== false) checkLogger(logger);
    this.#logger = logger === false ? undefined : (logger ?? new Logger('DqModule'));
    this.#clock = clock;
  }

  write(event: DqEvent, embedded?: EmbeddedSettings): void {
    if (this.#logger === undefined || !isLogged(event)) return;
    // The job has its own line.
    if (event.type === 'copy-buried' && event.dead) return;
    const { level, key, news = '', text, thrown, most = 1 } = lineOf(event, embedded);
    const place = `${key}\n${news}`;
    // After a line that says back, the next loss is news again, and the other way round.
    for (const [lost, back] of OPPOSITES) {
      if (event.type === lost) this.#allow(key.replace(lost, back));
      else if (event.type === back) this.#allow(key.replace(back, lost));
    }
    if (event.type === 'node-back') this.#allow('nodes-lost');
    const now = this.#clock.monotonic();
    const last = this.#last.get(place);
    const recent = last !== undefined && now - last.at < QUIET_MS;
    if (recent && last.lines >= most) {
      last.leftOut++;
      this.#timer ??= this.#clock.after(QUIET_MS, () => this.#onTimer());
      return;
    }
    let more = '';
    if (recent) last.lines++;
    else {
      if (last !== undefined && last.leftOut > 0) more = ` (and ${last.leftOut} more like it since the last line)`;
      if (this.#last.size >= MOST_KEYS) this.#forget(0);
      this.#last.set(place, { key, at: now, level, lines: 1, leftOut: 0 });
    }
    // Not before it is certain that the line is written: a stack is expensive to put into words.
    this.#line(level, text, { more, frames: stackFrames(thrown) });
  }

  /** Writes what is no event and comes once, so that it needs no limit. */
  tell(text: string, level: Level = 'log'): void {
    this.#line(level, text);
  }

  /** Tells what was left out so far, and sets no timer for it. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#forget(0);
  }

  #allow(key: string): void {
    for (const [place, written] of this.#last) if (written.key === key) this.#last.delete(place);
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
    for (const [place, { key, at, level, leftOut }] of this.#last) {
      if (now - at < ageMs) continue;
      if (leftOut > 0) this.#line(level, notLogged(key, leftOut));
      this.#last.delete(place);
    }
  }

  /** The core must not be disturbed by what a logger throws. */
  #line(level: Level, text: string, { more = '', frames = '' } = {}): void {
    const where = frames === '' ? '' : ` [${oneLine(frames)}]`;
    const line = oneLine(text, LONGEST_LINE - where.length) + where + more;
    call(
      () => apart((): unknown => this.#logger?.[level](line)),
      () => {
        // There is nobody left to tell.
      },
    );
  }
}

function notLogged(key: string, count: number): string {
  const [type = '', ...about] = key.split(' ');
  const where = about.length === 0 ? '' : ` (${about.join(' ')})`;
  return `${count} more ${type} ${count === 1 ? 'event' : 'events'}${where} ${count === 1 ? 'was' : 'were'} not logged.`;
}

function checkLogger(logger: unknown): void {
  const methods = logger as Partial<Record<Level, unknown>> | null;
  if (LEVELS.every((level) => typeof methods?.[level] === 'function')) return;
  throw unfit('logger', "false or an object with the methods log, warn and error, such as Nest's Logger", logger);
}

/** Whoever reads lines takes each for one event, and must not be given by an error's text what steers his terminal, or what he cannot see. */
function oneLine(text: string, longest = LONGEST_LINE): string {
  const line = visible(text.slice(0, LONGEST_TEXT).replaceAll(/[\p{Cc}\u2028\u2029]+\s*/gu, ' '));
  return line.length <= longest ? line : `${line.slice(0, longest)}...`;
}
