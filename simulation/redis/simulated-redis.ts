import { EventEmitter } from 'node:events';
import type { RedisOptions } from 'ioredis';
import type { Timer } from '../../lib/core/base/clock.js';
import type { RedisInstance } from '../../lib/core/redis/redis-source.js';
import type { Port } from '../network/port.js';
import type { Process } from '../network/process.js';
import type { Wire } from '../network/wire.js';
import type { Command, RedisServer } from './redis-server.js';

/** Where a process finds Redis. */
export interface RedisPlace {
  /** The number of the process among those of the plan. */
  readonly seat: number;
  readonly process: Process;
  readonly server: RedisServer;
  readonly port: Port;
}

type Status = 'wait' | 'connecting' | 'connect' | 'ready' | 'reconnecting' | 'end';

/** Nobody refuses it. */
const READY_CHECK: Command = { what: 'look', tube: '' };
const SERVER_CLOSED = 'the server closed the connection';

/** An instance of ioredis, of which the library makes a client of its own. */
export function simulatedRedis(place: RedisPlace): RedisInstance {
  return { isCluster: false, options: {}, duplicate: (options: RedisOptions) => new SimulatedRedis(options, place) };
}

/**
 * What `Redis` of ioredis 6 does with one connection, as its event_handler.js and Redis.js have it. Its status is another one at once, and
 * told of in the next tick. What was under way when the socket closed is never settled. After `disconnect` the socket is half closed until
 * the server closes its half, or `disconnectTimeout` is over: it is ready still, and takes no more commands.
 */
export class SimulatedRedis extends EventEmitter {
  readonly isCluster = false;
  status: Status = 'wait';
  readonly options: RedisOptions;
  readonly #place: RedisPlace;
  #wire: Wire | undefined;
  #connectTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  /** Of a socket that is half closed. */
  #endTimer: Timer | undefined;
  #tries = 0;
  #manual = false;

  constructor(options: RedisOptions, place: RedisPlace) {
    super();
    this.options = options;
    this.#place = place;
  }

  connect(): Promise<void> {
    const { process, port } = this.#place;
    this.#become('connecting');
    const wire = process.dial(port, {
      onOpen: () => {
        this.#connectTimer?.cancel();
        this.#become('connect');
        if (this.options.enableReadyCheck === false) this.#ready(wire);
        else this.#ask(wire, READY_CHECK, noAnswer).then(() => this.#ready(wire), noAnswer);
      },
      onClosed: (reason) => {
        this.#connectTimer?.cancel();
        if (reason !== SERVER_CLOSED) this.emit('error', new Error(reason));
        this.#closed();
      },
    });
    this.#wire = wire;
    this.#connectTimer = process.after(this.options.connectTimeout ?? 0, () => {
      this.#destroy(wire);
      this.emit('error', new Error('connect ETIMEDOUT'));
    });
    return Promise.resolve();
  }

  disconnect(reconnect = false): void {
    if (!reconnect) {
      this.#manual = true;
      this.#retryTimer?.cancel();
    }
    const wire = this.#wire;
    if (this.status === 'wait') this.#closed();
    if (wire === undefined || this.#endTimer !== undefined) return;
    this.#endTimer = this.#place.process.after(this.options.disconnectTimeout ?? 0, () => this.#destroy(wire));
    wire.send(() => wire.hangUp());
  }

  /** Runs a script on the server, in one piece. */
  run<T>(command: Command, script: () => T): Promise<T> {
    const wire = this.#wire;
    if (this.status !== 'ready' || wire === undefined || this.#endTimer !== undefined)
      return Promise.reject(new Error("Stream isn't writeable and enableOfflineQueue options is false"));
    return this.#ask(wire, command, script);
  }

  #ask<T>(wire: Wire, command: Command, script: () => T): Promise<T> {
    const { server, seat } = this.#place;
    return new Promise((resolve, reject) => {
      wire.send(() => {
        const refusal = server.refusal(seat, command);
        if (refusal !== undefined) {
          wire.reply(() => reject(new Error(refusal)));
          return;
        }
        const value = script();
        wire.reply(() => resolve(value));
      });
    });
  }

  #ready(wire: Wire): void {
    if (this.#wire !== wire || this.status !== 'connect') return;
    this.#tries = 0;
    this.#become('ready');
  }

  #destroy(wire: Wire): void {
    this.#place.process.hangUp(wire);
    this.#closed();
  }

  /** Its socket has closed. */
  #closed(): void {
    this.#wire = undefined;
    this.#connectTimer?.cancel();
    this.#endTimer?.cancel();
    this.#endTimer = undefined;
    const { process } = this.#place;
    process.defer(() => this.emit('close'));
    if (this.#manual) {
      this.#manual = false;
      this.#become('end');
      return;
    }
    this.#become('reconnecting');
    const wait = Number(this.options.retryStrategy?.(++this.#tries));
    this.#retryTimer = process.after(wait, () => void this.connect());
  }

  #become(status: Status): void {
    this.status = status;
    this.#place.process.defer(() => this.emit(status));
  }
}

function noAnswer(): undefined {}
