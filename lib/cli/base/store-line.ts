import type { Clock, Timer } from '../../core/base/clock.js';
import type { Report } from '../../core/base/events.js';
import { RedisConnection } from '../../core/redis/redis-connection.js';
import { readInfo } from '../../core/redis/redis-readings.js';
import { clusterAt, type RedisSource, uncheckedRedis } from '../../core/redis/redis-source.js';

/** A connection to Redis for a look at it, which says why it does not answer. No text has a password in it. */
export class StoreLine {
  readonly connection: RedisConnection;
  /** Why it was lost, as far as is known. */
  reason: string | undefined;
  #grace: Timer | undefined;
  #onLost = (): void => {};
  readonly #lost = new Promise<never>((_, reject) => {
    this.#onLost = () => reject(new Error('lost'));
  });

  /** `graceMs`: the first sign of a loss is often a symptom, and another that tells more may follow for so long. */
  constructor(source: RedisSource, ms: number, clock: Clock, graceMs = 0) {
    const report: Report = (event) => {
      if (event.type !== 'store-lost') return;
      this.reason = event.reason;
      this.#grace ??= clock.after(graceMs, this.#onLost);
    };
    this.connection = new RedisConnection(source, ms, clock, report);
    this.#lost.catch(() => undefined);
  }

  /** The answer to a question; rejects where Redis is lost before it comes. */
  async answer<T>(question: Promise<T>): Promise<T> {
    // It may come later than the loss.
    question.catch(() => undefined);
    return Promise.race([question, this.#lost]);
  }

  close(): Promise<void> {
    this.#grace?.cancel();
    return this.connection.close();
  }
}

/**
 * Redis as a runtime takes it. A URL cannot say that it names one node of a Redis Cluster, so the server is asked. One that does not say it in `ms`
 * milliseconds, or is away, is taken as it is named.
 */
export async function storeAt(url: string, ms: number, clock: Clock): Promise<RedisSource> {
  const line = new StoreLine(uncheckedRedis(url), ms, clock);
  try {
    const info = await line.answer(readInfo(line.connection));
    return info.field('cluster_enabled') === '1' ? clusterAt(url) : url;
  } catch {
    return url;
  } finally {
    await line.close();
  }
}
