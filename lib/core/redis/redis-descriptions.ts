import { admissionKey, generationKey, isNativeKey } from '../claims/claim-key.js';
import type { DeadClaim, JobRecord } from '../claims/claim-store.js';
import { admissionState, claimState, deadClaim } from './claim-answers.js';
import type { RedisConnection } from './redis-connection.js';

/** What Redis knows of jobs. It changes nothing. */
export class RedisDescriptions {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async describe(key: string): Promise<JobRecord> {
    const get = (one: string): Promise<string | null> => this.#connection.client.get(one);
    const look = <T>(work: () => Promise<T>): Promise<T> => this.#connection.call('a look at a claim', work);
    const [claim, admitted] = await look(() =>
      Promise.all([get(key), isNativeKey(key) ? get(admissionKey(key)) : Promise.resolve(null)]),
    );
    const known = admissionState(admitted);
    if (claim !== null || known === undefined) return { claim: claimState(claim) };
    const own = claimState(await look(() => get(generationKey(key, known.generation))));
    const isOver = own.kind === 'none' && known.done;
    return { claim: isOver ? { kind: 'done', attempt: undefined } : own, admission: known.admission };
  }

  async describeDead(keys: readonly string[]): Promise<readonly DeadClaim[]> {
    const values = await this.#connection.call('a look at dead letters', () =>
      Promise.all(keys.map((key) => this.#connection.client.get(key))),
    );
    return values.map(deadClaim);
  }
}
