import { connect, type Socket } from 'node:net';
import { ReplyReader, type Reply } from './reply-reader.js';

export interface RawPut {
  readonly tube?: string;
  readonly priority?: number;
  /** Seconds. */
  readonly delay?: number;
  /** Seconds. */
  readonly ttr?: number;
}

export interface RawJob {
  readonly id: number;
  readonly body: Buffer;
}

/** Flat `key: value` lines of beanstalkd's stats, every value as it is written. */
export type Stats = Readonly<Record<string, string>>;

export const COPY_STATES = ['ready', 'reserved', 'delayed', 'buried'] as const;
export type CopyCount = Readonly<Record<(typeof COPY_STATES)[number], number>>;

interface Waiter {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/**
 * A plain-socket client that shares nothing with lib/: tests look at a node with it from outside, and put into it what no
 * well-behaved client would. One command after the other; the connection's end rejects what is pending.
 */
export class RawClient {
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  readonly #waiters: Waiter[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      for (const reply of this.#reader.read(bytes)) this.#waiters.shift()?.resolve(reply);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error('the connection was closed'));
    });
  }

  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
        socket.off('error', reject);
        resolve(new RawClient(socket));
      });
      socket.once('error', reject);
    });
  }

  /** A connection for as long as it is used. */
  static async with<T>(port: number, use: (client: RawClient) => Promise<T>): Promise<T> {
    const client = await RawClient.connect(port);
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  }

  /** Sends a command as it is, and a body with the CRLF it needs. */
  command(line: string, body?: Buffer | string): Promise<Reply> {
    return this.raw(
      Buffer.concat([Buffer.from(`${line}\r\n`), ...(body === undefined ? [] : [Buffer.from(body), CRLF])]),
    );
  }

  /** Sends any bytes and waits for one reply. */
  raw(bytes: Buffer | string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('the connection is closed'));
        return;
      }
      this.#waiters.push({ resolve, reject });
      this.#socket.write(bytes);
    });
  }

  /** @returns the job's number on this node */
  async put(body: Buffer | string, options: RawPut = {}): Promise<number> {
    const { tube = 'default', priority = 0, delay = 0, ttr = 60 } = options;
    const bytes = Buffer.from(body);
    await this.#expect('USING', `use ${tube}`);
    return this.#id(await this.#expect('INSERTED', `put ${priority} ${delay} ${ttr} ${bytes.length}`, bytes));
  }

  /** @returns undefined when none was ready within so many seconds */
  async reserve(tube = 'default', timeout = 0): Promise<RawJob | undefined> {
    await this.#expect('WATCHING', `watch ${tube}`);
    if (tube !== 'default') await this.#expect('WATCHING', 'ignore default');
    const reply = await this.command(`reserve-with-timeout ${timeout}`);
    if (tube !== 'default') {
      await this.#expect('WATCHING', 'watch default');
      await this.#expect('WATCHING', `ignore ${tube}`);
    }
    return reply.word === 'TIMED_OUT' ? undefined : this.#job('RESERVED', reply);
  }

  /** From whatever this connection watches: `default`, and what `command('watch ...')` added. */
  async reserveWatched(timeout: number): Promise<RawJob | undefined> {
    const reply = await this.command(`reserve-with-timeout ${timeout}`);
    return reply.word === 'TIMED_OUT' ? undefined : this.#job('RESERVED', reply);
  }

  /** @returns false when there is no such job, or another connection holds it */
  async delete(id: number): Promise<boolean> {
    return this.#found('DELETED', await this.command(`delete ${id}`));
  }

  async release(id: number, { priority = 0, delay = 0 }: Pick<RawPut, 'priority' | 'delay'> = {}): Promise<boolean> {
    return this.#found('RELEASED', await this.command(`release ${id} ${priority} ${delay}`));
  }

  /** Only for a job that this connection has reserved. */
  async bury(id: number, priority = 0): Promise<boolean> {
    return this.#found('BURIED', await this.command(`bury ${id} ${priority}`));
  }

  /** @returns how many jobs were kicked: buried ones, or delayed ones when none is buried */
  async kick(tube: string, bound: number): Promise<number> {
    await this.#expect('USING', `use ${tube}`);
    return this.#id(await this.#expect('KICKED', `kick ${bound}`));
  }

  async kickJob(id: number): Promise<boolean> {
    return this.#found('KICKED', await this.command(`kick-job ${id}`));
  }

  async peek(id: number): Promise<RawJob | undefined> {
    return this.#peeked(await this.command(`peek ${id}`));
  }

  /** The next job of that state in the tube. */
  async peekNext(state: 'ready' | 'delayed' | 'buried', tube = 'default'): Promise<RawJob | undefined> {
    await this.#expect('USING', `use ${tube}`);
    return this.#peeked(await this.command(`peek-${state}`));
  }

  async pauseTube(tube: string, seconds: number): Promise<boolean> {
    return this.#found('PAUSED', await this.command(`pause-tube ${tube} ${seconds}`));
  }

  async listTubes(): Promise<string[]> {
    const { body } = await this.#expect('OK', 'list-tubes');
    return [...body.toString().matchAll(/^- (.+)$/gm)].map(([, name = '']) => name);
  }

  async stats(): Promise<Stats> {
    return parseStats((await this.#expect('OK', 'stats')).body);
  }

  /** @returns undefined when the tube does not exist, that is, holds nothing and nobody uses it */
  async statsTube(tube: string): Promise<Stats | undefined> {
    return this.#statsOf(await this.command(`stats-tube ${tube}`));
  }

  /** How many copies of one tube, or of all, the node says it has. */
  async copies(tube?: string): Promise<CopyCount> {
    const stats = tube === undefined ? await this.stats() : await this.statsTube(tube);
    const counts = COPY_STATES.map((state) => [state, Number(stats?.[`current-jobs-${state}`] ?? 0)] as const);
    return Object.fromEntries(counts) as CopyCount;
  }

  async statsJob(id: number): Promise<Stats | undefined> {
    return this.#statsOf(await this.command(`stats-job ${id}`));
  }

  /** Ends the connection at once: beanstalkd makes ready what it held. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) {
        resolve();
        return;
      }
      this.#socket.once('close', () => resolve());
      this.#socket.destroy();
    });
  }

  async #expect(word: string, line: string, body?: Buffer): Promise<Reply> {
    const reply = await this.command(line, body);
    if (reply.word !== word) throw unexpected(reply);
    return reply;
  }

  #found(word: string, reply: Reply): boolean {
    if (reply.word === word) return true;
    if (reply.word === 'NOT_FOUND') return false;
    throw unexpected(reply);
  }

  #statsOf(reply: Reply): Stats | undefined {
    return this.#found('OK', reply) ? parseStats(reply.body) : undefined;
  }

  #peeked(reply: Reply): RawJob | undefined {
    return this.#found('FOUND', reply) ? this.#job('FOUND', reply) : undefined;
  }

  #job(word: string, reply: Reply): RawJob {
    if (reply.word !== word) throw unexpected(reply);
    return { id: this.#id(reply), body: reply.body };
  }

  #id({ line }: Reply): number {
    return Number(line.split(' ')[1]);
  }
}

const CRLF = Buffer.from('\r\n');

function parseStats(body: Buffer): Stats {
  const pairs = [...body.toString().matchAll(/^([\w-]+): (.*)$/gm)];
  return Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, value.replace(/^"(.*)"$/, '$1')]));
}

function unexpected({ line }: Reply): Error {
  return new Error(`beanstalkd answered ${line}`);
}
