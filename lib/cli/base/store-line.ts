import type { Clock, Timer } from '../../core/base/clock.js';
import type { Report } from '../../core/base/events.js';
import { DqClaimStoreError } from '../../core/errors/connection.errors.js';
import { RedisConnection } from '../../core/redis/redis-connection.js';
import { lacksRight } from '../../core/redis/redis-fault.js';
import { readClusterInfo, readInfo, type RedisInfo } from '../../core/redis/redis-readings.js';
import { clusterAt, type RedisSource, uncheckedRedis } from '../../core/redis/redis-source.js';
import type { Cli } from './cli.js';
import { within } from './timeout.js';

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

/** Whether it is one node of a Redis Cluster. INFO says so; a user who lacks the right to that has the right to CLUSTER INFO, if it is one. */
export async function isClusterNode(line: StoreLine): Promise<boolean> {
  const asCluster = (error: unknown): Promise<RedisInfo> => {
    if (error instanceof DqClaimStoreError && lacksRight(error.cause)) return readClusterInfo(line.connection);
    throw error;
  };
  const info = await line.answer(readInfo(line.connection).catch(asCluster));
  return info.field('cluster_enabled') === '1' || info.field('cluster_state') !== undefined;
}

/**
 * Redis as a runtime takes it. A URL cannot say that it names one node of a Redis Cluster, so the server is asked. One that does not say it in `ms`
 * milliseconds, or is away, is taken as it is named.
 */
export async function storeAt(url: string, ms: number, cli: Pick<Cli, 'clock' | 'signal'>): Promise<RedisSource> {
  const line = new StoreLine(uncheckedRedis(url), ms, cli.clock);
  try {
    return (await within(cli, ms, isClusterNode(line))) ? clusterAt(url) : url;
  } catch {
    return url;
  } finally {
    await line.close();
  }
}
