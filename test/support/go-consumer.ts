import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { RawClient, type RawJob } from './raw-client.js';
import { Recorder } from './wait.js';

/** For so long a Go consumer keeps its lock, and so late it still runs a job. Milliseconds. */
const LOCK_MS = 3_600_500;
const TOLERANCE_MS = 1_800_000;

/** What became of a copy that a Go consumer took, of which every node has none from then on. */
export interface GoCopy {
  /** `lock-taken`: another consumer has the job, or had it, or left its claim behind. `lock-unknown`: Redis did not answer. */
  readonly fate: 'run' | 'lock-taken' | 'lock-unknown' | 'too-late' | 'not-understood';
  /** The md5 of the body: the id that this package gives the job. */
  readonly id: string;
  readonly payload: string;
  readonly dueMs: number;
  readonly atMs: number;
}

/**
 * What a consumer of Go's dq (go-queue v1.2.2) does, for machines without Go: on each node it reserves a copy, of `default` too, deletes
 * it, throws it away when it is half an hour late, sets its lock, and only then, if nobody had that key, runs the job. It never looks
 * whether a job is due. `test/interop` has the real one.
 */
export class GoConsumer {
  /** All that it took, in order. */
  readonly copies = new Recorder<GoCopy>();
  readonly #clients: readonly RawClient[];
  readonly #redis: Redis;
  readonly #loops: Promise<unknown>;

  private constructor(clients: readonly RawClient[], redis: Redis) {
    this.#clients = clients;
    this.#redis = redis;
    this.#loops = Promise.allSettled(clients.map((client) => this.#consume(client)));
  }

  static async start(ports: readonly number[], tube: string, redisUrl: string): Promise<GoConsumer> {
    const clients = await Promise.all(ports.map((port) => RawClient.connect(port)));
    await Promise.all(clients.map((client) => client.command(`watch ${tube}`)));
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: 3 });
    redis.on('error', () => undefined);
    return new GoConsumer(clients, redis);
  }

  /** The copies that became runs. */
  get runs(): readonly GoCopy[] {
    return this.copies.all.filter(({ fate }) => fate === 'run');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#loops;
    this.#redis.disconnect();
  }

  /** Until its connection is closed. */
  async #consume(client: RawClient): Promise<void> {
    for (;;) {
      const job = await client.reserveWatched(5);
      if (job === undefined) continue;
      await client.delete(job.id);
      this.copies.add(await this.#take(job));
    }
  }

  async #take({ body }: RawJob): Promise<GoCopy> {
    const id = createHash('md5').update(body).digest('hex');
    const [, nanos, payload = ''] = /^(\d{1,19})\/(.*)$/s.exec(body.toString()) ?? [];
    const copy = { id, payload, dueMs: Number(nanos ?? NaN) / 1e6, atMs: Date.now() };
    if (nanos === undefined) return { ...copy, fate: 'not-understood' };
    if (copy.atMs > copy.dueMs + TOLERANCE_MS) return { ...copy, fate: 'too-late' };
    try {
      const free = await this.#redis.set(id, 'f00dFACEf00dFACE', 'PX', LOCK_MS, 'NX');
      return { ...copy, fate: free === 'OK' ? 'run' : 'lock-taken' };
    } catch {
      return { ...copy, fate: 'lock-unknown' };
    }
  }
}
