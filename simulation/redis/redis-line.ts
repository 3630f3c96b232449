import type { Timer } from '../../lib/core/base/clock.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import type { Report } from '../../lib/core/base/events.js';
import { Presence } from '../../lib/core/base/presence.js';
import { TRIAL } from '../../lib/core/redis/redis-connection.js';
import type { Port } from '../network/port.js';
import type { Process } from '../network/process.js';
import type { Wire } from '../network/wire.js';
import type { Command, RedisServer } from './redis-server.js';

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
const LONGEST_CONNECT_MS = 2_000;
/** Whoever waited longer than this was away as far as others' leases go. */
const SLOW_ANSWER_MS = 1_000;
const TRY_EVERY_MS = 1_000;
/** How the socket is named among what Redis is used for. */
const CONNECTION = 'a connection';
/** Nobody refuses it. */
const FIRST_QUESTION: Command = { what: 'look', tube: '' };

/**
 * One process' connection to Redis, with the ways of `RedisConnection` and ioredis: it is **ready** once Redis has answered
 * the first question, dials again with growing waits when it is lost, cuts itself when an answer is overdue, and fails what was
 * under way then. What is called meanwhile waits until it is ready, up to the deadline. A Redis that refuses a command is lost until it
 * carries that one out, or a trial of all that there is.
 */
export class RedisLine {
  readonly #process: Process;
  readonly #server: RedisServer;
  readonly #port: Port;
  readonly #presence: Presence;
  /** What was refused again after a trial had spoken for it, and what a trial has spoken for. */
  readonly #beyondTrial = new Set<string>();
  readonly #tried = new Set<string>();
  readonly #waiting = new Set<() => void>();
  readonly #underWay = new Set<(reason: string) => void>();
  #wire: Wire | undefined;
  #ready = false;
  #readySince: number | undefined;
  #epoch = 0;
  #trial: (() => Promise<unknown>) | undefined;
  #trying: Timer | undefined;
  #handshake: Timer | undefined;
  #retry: Timer | undefined;
  #tries = 0;
  #started = false;
  #closed = false;

  constructor(
    readonly deadline: number,
    /** The number of the process among those of the plan. */
    readonly seat: number,
    process: Process,
    server: RedisServer,
    port: Port,
    report: Report,
  ) {
    this.#process = process;
    this.#server = server;
    this.#port = port;
    this.#presence = new Presence(process, 'all', {
      lost: (reason, reached) => report({ type: 'store-lost', reason, reached }),
      back: (awayMs) => report({ type: 'store-back', awayMs }),
    });
  }

  /** Another number with each time that Redis became ready. */
  get epoch(): number {
    return this.#epoch;
  }

  get readyFor(): number {
    return this.#readySince === undefined ? 0 : this.#process.monotonic() - this.#readySince;
  }

  /** `trial` is made every second while something that was refused has not succeeded. */
  tryBy(trial: () => Promise<unknown>): void {
    this.#trial = trial;
  }

  connect(): void {
    if (this.#started || this.#closed) return;
    this.#started = true;
    this.#dial();
  }

  /** Runs something in Redis and resolves to what it came to; `sent` is called when it is on its way. */
  call<T>(operation: string, command: Command, run: () => T, sent: () => unknown = noQuestion): Promise<T> {
    this.connect();
    const ready = this.#ready;
    return new Promise<T>((resolve, reject) => {
      const finish = (): void => {
        timer.cancel();
        this.#waiting.delete(start);
        this.#underWay.delete(fail);
      };
      const fail = (reason: string): void => {
        finish();
        reject(
          new DqClaimStoreError(
            `Expected Redis to answer ${operation}, but: ${reason}. Whether it was done is unknown; it is safe to repeat.`,
          ),
        );
      };
      const start = (): void => {
        this.#waiting.delete(start);
        this.#underWay.add(fail);
        const sentAt = this.#process.monotonic();
        const answered = (value: T): void => {
          if (!this.#underWay.has(fail)) return;
          finish();
          this.#answered(operation, sentAt);
          resolve(value);
        };
        const refused = (reason: string): void => {
          if (!this.#underWay.has(fail)) return;
          fail(reason);
          this.#refused(operation, reason);
        };
        sent();
        this.#ask(command, run, answered, refused);
      };
      const timer = this.#process.after(this.deadline, () => {
        // One that had to wait until Redis was ready has not given it the whole time.
        const hangs = ready && this.#underWay.has(fail) && this.#ready;
        fail(`no answer within ${this.deadline} ms`);
        if (hangs) this.#lose('no answer in time');
      });
      if (this.#closed) fail('the connection is closed');
      else if (ready) start();
      else this.#waiting.add(start);
    });
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#trying?.cancel();
    this.#presence.close();
    this.#lose('closed');
  }

  #ask<T>(command: Command, run: () => T, answered: (value: T) => void, refused: (reason: string) => void): void {
    const wire = this.#wire;
    wire?.send(() => {
      const refusal = this.#server.refusal(this.seat, command);
      if (refusal !== undefined) {
        wire.reply(() => refused(refusal));
        return;
      }
      const value = run();
      wire.reply(() => answered(value));
    });
  }

  #answered(operation: string, sentAt: number): void {
    const now = this.#process.monotonic();
    if (this.#presence.lost) {
      this.#succeeded(operation);
      if (!this.#presence.lost) this.#readySince = now;
    } else if (now - sentAt > SLOW_ANSWER_MS) this.#readySince = now;
  }

  #succeeded(operation: string): void {
    this.#tried.delete(operation);
    this.#beyondTrial.delete(operation);
    this.#presence.succeeded(operation);
    if (operation !== TRIAL) return;
    for (const use of this.#presence.failing) {
      if (this.#beyondTrial.has(use)) continue;
      this.#tried.add(use);
      this.#presence.succeeded(use);
    }
  }

  /** Redis answers, but will not do it. */
  #refused(operation: string, reason: string): void {
    if (!this.#ready || this.#closed) return;
    this.#readySince = undefined;
    if (this.#tried.has(operation)) this.#beyondTrial.add(operation);
    this.#presence.failed(operation, { kind: 'refused', reason });
    this.#tryLater();
  }

  #tryLater(): void {
    if (this.#closed) return;
    this.#trying ??= this.#process.after(TRY_EVERY_MS, () => {
      this.#trying = undefined;
      if (!this.#presence.lost) return;
      if (this.#ready) this.#trial?.().catch(() => undefined);
      this.#tryLater();
    });
  }

  #dial(): void {
    this.#retry = undefined;
    const connectMs = Math.min(this.deadline, LONGEST_CONNECT_MS);
    this.#handshake = this.#process.after(connectMs, () => this.#lose('no connection in time'));
    this.#wire = this.#process.dial(this.#port, {
      onOpen: () => {
        this.#handshake?.cancel();
        this.#handshake = this.#process.after(this.deadline, () => this.#lose('no answer to the first question'));
        this.#ask(FIRST_QUESTION, noQuestion, () => this.#beReady(), noQuestion);
      },
      onClosed: (reason) => {
        this.#wire = undefined;
        this.#lose(reason);
      },
      accept: (wire) => this.#server.accept(wire),
    });
  }

  #beReady(): void {
    this.#handshake?.cancel();
    this.#tries = 0;
    this.#ready = true;
    this.#epoch++;
    this.#presence.succeeded(CONNECTION);
    if (!this.#presence.lost) this.#readySince = this.#process.monotonic();
    for (const start of [...this.#waiting]) start();
  }

  /** Ends the connection, whatever state it is in, and dials again unless it was closed. */
  #lose(reason: string): void {
    this.#handshake?.cancel();
    if (this.#wire !== undefined) this.#process.hangUp(this.#wire);
    this.#wire = undefined;
    const wasReady = this.#ready;
    this.#ready = false;
    this.#readySince = undefined;
    this.#presence.failed(CONNECTION, { kind: 'connection', reason });
    for (const fail of [...this.#underWay]) fail(`the connection closed (${reason})`);
    if (this.#closed) {
      for (const start of [...this.#waiting]) start();
      for (const fail of [...this.#underWay]) fail('the connection is closed');
      return;
    }
    if (this.#retry !== undefined) return;
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(wasReady ? 0 : ++this.#tries, 10));
    this.#retry = this.#process.after(wait, () => this.#dial());
  }
}

function noQuestion(): undefined {}
