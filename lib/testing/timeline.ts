import { DqClosedError } from '../core/errors/argument.errors.js';
import type { HandlerCall } from './handler-calls.js';
import { turn, within } from './real-time.js';
import type { TestParts } from './test-parts.js';
import { DqEndlessError, DqStillRunningError, DqTestBusyError } from './testing.errors.js';

/** How far time may go in one call. */
export interface Journey {
  /** Epoch milliseconds of the moment to reach. Asked again whenever time stands at the last answer, until undefined. */
  readonly next: () => number | undefined;
  /** More runs than this are refused. */
  readonly limit: number;
  /** Real milliseconds without progress of a handler. */
  readonly patienceMs: number;
}

/** Longer than a lane lingers after its last copy, before it waits for the next. */
const IDLE_MS = 50;

/**
 * Moves virtual time from timer to timer and lets the queue do at each moment what it has to. It stands **still** (nothing is claimed,
 * so no handler starts; producers work), **goes** on a journey, or is **closing**, from which nothing leads back.
 *
 * A moment is over when the queue is at rest, and only then does time go on: no handler runs; nothing is deferred; and one turn of the real
 * event loop changed neither, in which every promise went on that could. That is enough, since the queue waits for nothing
 * else: its nodes and claims are in this process and answer within such turns. A handler that shows no progress for the whole
 * patience is waited for no more if its own `timeout` ends it within the journey; otherwise the journey fails.
 *
 * At the end of a moment the monotonic clock alone goes on for some milliseconds, so that lanes which pause before they wait again do
 * not pause into the next moment.
 */
export class Timeline {
  readonly #parts: TestParts;
  #state: 'still' | 'going' | 'closing' = 'still';
  #idledAt = 0;

  constructor(parts: TestParts) {
    this.#parts = parts;
  }

  /** @throws DqTestBusyError, DqStillRunningError, DqEndlessError, DqClosedError */
  async go(journey: Journey): Promise<void> {
    if (this.#state === 'closing') throw closed();
    if (this.#state === 'going') {
      throw new DqTestBusyError(
        'Expected time to be moved by one call at a time, got a second one before the first was over. Await advance() and drain(), and ' +
          'do not call them in a handler.',
      );
    }
    const { clock, gate, calls } = this.#parts;
    for (const call of calls.running) call.stuck = false;
    const most = calls.begun + journey.limit;
    this.#state = 'going';
    gate.open();
    try {
      let end = clock.now();
      await this.#moment(journey, end, most);
      for (let next = journey.next(); next !== undefined; next = journey.next()) {
        end = Math.max(next, clock.now());
        await this.#reach(journey, end, most);
      }
    } finally {
      // It may have begun to close meanwhile.
      if (this.#isGoing()) {
        gate.close();
        this.#state = 'still';
      }
    }
  }

  /** Lets time run, as far as it has to, until `closing` settles. Never rejects. */
  async close(closing: Promise<void>): Promise<void> {
    this.#state = 'closing';
    const { clock, gate, calls, patienceMs } = this.#parts;
    gate.open();
    const end = { reached: false };
    closing
      .catch(() => {})
      .finally(() => {
        end.reached = true;
      });
    while (!end.reached) {
      await turn();
      if (clock.busy || end.reached) continue;
      const running = calls.running.filter(({ stuck }) => !stuck);
      if (running.length > 0) {
        if (!(await within(patienceMs, calls.ended()))) for (const call of running) call.stuck = true;
      } else if (clock.next !== undefined) clock.pass(clock.next);
    }
  }

  /** From moment to moment, up to `end` and with all that happens then. */
  async #reach(journey: Journey, end: number, most: number): Promise<void> {
    const { clock } = this.#parts;
    do {
      clock.pass(Math.min(clock.next ?? Infinity, end - clock.now()));
      await this.#moment(journey, end, most);
    } while (clock.now() < end);
  }

  async #moment(journey: Journey, end: number, most: number): Promise<void> {
    const { clock, calls, traffic } = this.#parts;
    await this.#rest(journey, end, most);
    // While a handler is left running, both clocks go hand in hand: its timeout is reckoned on the one, told on the other.
    while (traffic.moves !== this.#idledAt && calls.running.length === 0) {
      this.#idledAt = traffic.moves;
      for (let left = IDLE_MS; left > 0;) {
        const ms = Math.min(clock.next ?? Infinity, left);
        clock.idle(ms);
        left -= ms;
        await this.#rest(journey, end, most);
      }
    }
  }

  /** Resolves when the queue is at rest. */
  async #rest(journey: Journey, end: number, most: number): Promise<void> {
    const { clock, calls } = this.#parts;
    for (;;) {
      await turn();
      if (!this.#isGoing()) throw closed();
      if (calls.begun > most) throw endless(journey.limit, calls.running);
      if (clock.busy) continue;
      const running = calls.running.filter(({ stuck }) => !stuck);
      if (running.length === 0) return;
      if (await within(journey.patienceMs, calls.ended())) continue;
      for (const call of running) call.stuck = true;
      const left = clock.monotonic() + end - clock.now();
      const lost = running.filter(({ endsAt }) => endsAt > left);
      if (lost.length > 0) throw stillRunning(lost, journey.patienceMs);
    }
  }

  #isGoing(): boolean {
    return this.#state === 'going';
  }
}

function stillRunning(calls: readonly HandlerCall[], patienceMs: number): DqStillRunningError {
  const names = calls.map(({ run, title }) => `${title} of tube "${run.tube}" (job ${run.id}, attempt ${run.attempt})`);
  return new DqStillRunningError(
    `Expected every handler to end, but for ${patienceMs} ms none of these did: ${names.join(', ')}. Does it wait for a fake timer, or for a ` +
      'promise that nobody settles? Raise patience if it only needs longer; a handler with a timeout is ended when advance() goes that far.',
  );
}

function endless(limit: number, calls: readonly HandlerCall[]): DqEndlessError {
  const tubes = [...new Set(calls.map(({ run }) => `"${run.tube}"`))].join(', ');
  return new DqEndlessError(
    `Expected at most ${limit} runs, got more${tubes === '' ? '' : `; running now: ${tubes}`}. Does a job schedule itself for ever? ` +
      'Advance by a duration instead, or raise limit.',
  );
}

function closed(): DqClosedError {
  return new DqClosedError('Expected an open module, but it was closed before or while its time moved.');
}
