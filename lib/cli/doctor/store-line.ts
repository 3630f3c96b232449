import type { Timer } from '../../core/base/clock.js';
import type { Report } from '../../core/base/events.js';
import { textOf } from '../../core/errors/shown.js';
import { RedisConnection } from '../../core/redis/redis-connection.js';
import { readFault } from '../../core/redis/redis-fault.js';
import type { RedisSource } from '../../core/redis/redis-source.js';
import type { Findings } from './finding.js';
import type { ServerSetting } from './setting.js';

/** It has answered, and does not let us in, or is something else. */
const REFUSES = /NOAUTH|WRONGPASS|NOPERM|MOVED|DENIED|LOADING|max number of clients|invalid password|not a Redis/;
/** The first sign of a loss is often a symptom: another may follow. */
const GRACE_MS = 500;

/** A connection of the doctor's own to Redis, which says why it does not answer. No text has a password in it. */
export class StoreLine {
  readonly connection: RedisConnection;
  readonly #reasons: string[] = [];
  #onLost = (): void => {};
  #grace: Timer | undefined;
  readonly #lost = new Promise<void>((resolve) => {
    this.#onLost = resolve;
  });

  constructor(source: RedisSource, { ms, clock }: Pick<ServerSetting, 'ms' | 'clock'>) {
    const report: Report = (event) => {
      if (event.type !== 'store-lost') return;
      this.#reasons.push(event.reason);
      this.#grace ??= clock.after(Math.min(ms, GRACE_MS), this.#onLost);
    };
    this.connection = new RedisConnection(source, ms, clock, report);
  }

  /** The first question. Undefined where it does not get an answer, which is then found; `refused` is asked about other answers. */
  async greet<T>(
    question: Promise<T>,
    findings: Findings,
    refused: (error: unknown) => T | undefined,
  ): Promise<T | undefined> {
    try {
      return await Promise.race([question, this.#lost.then(() => Promise.reject(new Error('lost')))]);
    } catch (error) {
      const answer = refused(error);
      if (answer === undefined) this.#findAbsence(error, findings);
      return answer;
    } finally {
      question.catch(() => {
        // It may come later than the loss.
      });
    }
  }

  close(): Promise<void> {
    this.#grace?.cancel();
    return this.connection.close();
  }

  #findAbsence(error: unknown, findings: Findings): void {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const fault = readFault(cause);
    const found = this.#reasons.at(-1) ?? fault.text;
    const todo = fault.advice ?? 'Start it, and look at the address, the port and firewalls';
    if (REFUSES.test(found) || REFUSES.test(textOf(cause))) {
      findings.error('answers', found, todo);
      findings.unknown('all else', 'it does not let us in');
    } else findings.away(found, todo);
  }
}
