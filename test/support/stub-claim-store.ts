import type {
  AccountRequest,
  Admission,
  AdmitRequest,
  ClaimRequest,
  ClaimStore,
  ClaimVerdict,
  ConcludeRequest,
  DeadClaim,
  HistoryRecord,
  Holder,
  JobRecord,
  RenewRequest,
  RevokeRequest,
  RevokeVerdict,
  SettleRequest,
} from '../../lib/core/claims/claim-store.js';
import { TableSchedules } from '../../lib/embedded/claims/table-schedules.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';

/** A claim store without Redis: it records every call, says yes to it, or fails as a whole while `away`. */
export class StubClaimStore implements ClaimStore {
  readonly schedules = new TableSchedules(async () => {
    throw new DqClaimStoreError('The stub store has no schedules.');
  });
  readonly calls: { readonly name: string; readonly tube: string; readonly request: unknown }[] = [];
  away = false;
  verdict: RevokeVerdict = 'revoked';
  /** By key, where one gets another answer. */
  verdicts: Readonly<Record<string, RevokeVerdict>> = {};
  admission: Admission = { kind: 'admitted' };

  async claim(tube: string, _holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    await this.#note('claim', tube, requests);
    return requests.map(() => ({ kind: 'granted', attempt: 1 }));
  }

  async settle(tube: string, _holder: Holder, requests: readonly SettleRequest[]): Promise<readonly boolean[]> {
    await this.#note('settle', tube, requests);
    return requests.map(() => true);
  }

  async renew(tube: string, _holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    await this.#note('renew', tube, requests);
    return requests.map(() => true);
  }

  async account(tube: string, requests: readonly AccountRequest[]): Promise<void> {
    await this.#note('account', tube, requests);
  }

  async revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    await this.#note('revoke', tube, request);
    return this.verdicts[request.key] ?? this.verdict;
  }

  readonly up = true;

  async history(): Promise<readonly HistoryRecord[]> {
    return [];
  }

  async describe(tube: string, key: string): Promise<JobRecord> {
    await this.#note('describe', tube, key);
    return { claim: { kind: 'none' } };
  }

  async describeDead(tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    await this.#note('describeDead', tube, keys);
    return keys.map(() => ({ kind: 'forgotten' }));
  }

  async resolveDead(tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    await this.#note(`resolveDead ${how}`, tube, keys);
    return keys.map(() => true);
  }

  async admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    await this.#note('admit', tube, requests);
    return requests.map(() => this.admission);
  }

  async conclude(tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    await this.#note('conclude', tube, requests);
    return requests.map(() => true);
  }

  async ping(): Promise<void> {
    await this.#note('ping', '', undefined);
  }

  async close(): Promise<void> {}

  /** What was asked by calls of one name. */
  asked(name: string): unknown[] {
    return this.calls.filter((call) => call.name === name).map(({ request }) => request);
  }

  async #note(name: string, tube: string, request: unknown): Promise<void> {
    this.calls.push({ name, tube, request });
    await Promise.resolve();
    if (this.away) throw new DqClaimStoreError('The stub store is away.');
  }
  reserveKeys(): Promise<never> {
    throw new Error('keys are not here yet');
  }

  commitKeys(): Promise<never> {
    throw new Error('keys are not here yet');
  }

  cancelKey(): Promise<never> {
    throw new Error('keys are not here yet');
  }

  moveKey(): Promise<never> {
    throw new Error('keys are not here yet');
  }

  findKey(): Promise<never> {
    throw new Error('keys are not here yet');
  }
}
