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
  HistorySettings,
  Holder,
  JobRecord,
  RenewRequest,
  RevokeRequest,
  RevokeVerdict,
  SettleRequest,
} from '../../core/claims/claim-store.js';
import { DqClaimStoreError } from '../../core/errors/connection.errors.js';
import type { ClaimTable } from './claim-table.js';
import { TableSchedules } from './table-schedules.js';

/** No command is late that does not travel. */
const ALWAYS = 0;

/**
 * Claims in this process; see {@link ClaimStore} for their states. Each call is done when it returns, and its promise is already
 * resolved. Orphans may be taken over at once: nobody's renewal can be on its way. Several stores may share a table.
 */
export class MemoryClaimStore implements ClaimStore {
  readonly #table: ClaimTable;
  readonly schedules = new TableSchedules(async (operation, work) => work(this.#open(operation).schedules));
  #closed = false;

  constructor(table: ClaimTable) {
    this.#table = table;
  }

  get up(): boolean {
    return !this.#closed;
  }

  async claim(_tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    const table = this.#open('a claim');
    return requests.map((request) => table.claim(holder, request, ALWAYS, Infinity));
  }

  async settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history?: HistorySettings,
  ): Promise<readonly boolean[]> {
    const table = this.#open('the outcome of a run');
    return requests.map((request) => table.settle(holder, request, ALWAYS, history && { tube, history }) === 'settled');
  }

  async history(tube: string, limit: number, before?: string): Promise<readonly HistoryRecord[]> {
    return this.#open('a look at a history').history(tube, limit, before);
  }

  async renew(_tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    const table = this.#open('a renewal of leases');
    return requests.map((request) => table.renew(holder, request));
  }

  async account(_tube: string, requests: readonly AccountRequest[]): Promise<void> {
    const table = this.#open('an account of copies');
    for (const request of requests) table.account(request);
  }

  async revoke(_tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    return this.#open('a revoke').revoke(request);
  }

  async describe(_tube: string, key: string): Promise<JobRecord> {
    return this.#open('a look at a claim').describe(key);
  }

  async describeDead(_tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    const table = this.#open('a look at dead letters');
    return keys.map((key) => table.describeDead(key));
  }

  async resolveDead(_tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    const table = this.#open('a decision on dead letters');
    return keys.map((key) => table.resolveDead(key, how));
  }

  async admit(_tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    const table = this.#open('the admission of an id');
    return requests.map((request) => table.admit(request));
  }

  async conclude(_tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    const table = this.#open('the end of an admission');
    return requests.map((request) => table.conclude(request));
  }

  async ping(): Promise<void> {
    this.#open('a trial');
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

  async close(): Promise<void> {
    this.#closed = true;
  }

  #open(operation: string): ClaimTable {
    if (!this.#closed) return this.#table;
    throw new DqClaimStoreError(
      `Expected an open claim store for ${operation}, but it was closed. Nothing was changed.`,
    );
  }
}
