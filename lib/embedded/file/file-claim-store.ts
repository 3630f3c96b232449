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
  SettleAnswer,
  SettleRequest,
} from '../../core/claims/claim-store.js';
import { DqClaimStoreError } from '../../core/errors/connection.errors.js';
import { textOf } from '../../core/errors/shown.js';
import { TableSchedules } from '../claims/table-schedules.js';
import type { DiskDeadline } from './disk-deadline.js';
import type { QueueFile } from './queue-file.js';

/**
 * Claims in memory that a file keeps. A call changes the claims at once, and is answered when the disk has what it changed; see
 * {@link QueueFile} for what waits for it. While the disk refuses, nothing is changed any more.
 */
export class FileClaimStore implements ClaimStore {
  readonly schedules: TableSchedules;
  readonly #claims: ClaimStore;
  readonly #file: QueueFile;
  readonly #deadline: DiskDeadline;

  constructor(claims: ClaimStore & { readonly schedules: TableSchedules }, file: QueueFile, deadline: DiskDeadline) {
    this.#claims = claims;
    this.#file = file;
    this.#deadline = deadline;
    this.schedules = new TableSchedules((operation, work, tube) =>
      this.#synced(operation, () => claims.schedules.reach(operation, work, tube)),
    );
  }

  get up(): boolean {
    return this.#file.up;
  }

  claim(tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    return this.#synced('a claim', () => this.#claims.claim(tube, holder, requests));
  }

  settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history?: HistorySettings,
  ): Promise<readonly SettleAnswer[]> {
    return this.#synced('the outcome of a run', () => this.#claims.settle(tube, holder, requests, history));
  }

  renew(tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.#noted('a renewal of leases', () => this.#claims.renew(tube, holder, requests));
  }

  account(tube: string, requests: readonly AccountRequest[]): Promise<void> {
    return this.#noted('an account of copies', () => this.#claims.account(tube, requests));
  }

  revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    return this.#synced('a revoke', () => this.#claims.revoke(tube, request));
  }

  history(tube: string, limit: number, before?: string): Promise<readonly HistoryRecord[]> {
    return this.#claims.history(tube, limit, before);
  }

  describe(tube: string, key: string): Promise<JobRecord> {
    return this.#noted('a look at a claim', () => this.#claims.describe(tube, key));
  }

  describeDead(tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    return this.#noted('a look at dead letters', () => this.#claims.describeDead(tube, keys));
  }

  resolveDead(tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    return this.#synced('a decision on dead letters', () => this.#claims.resolveDead(tube, keys, how));
  }

  /** The job is written with it or behind it, so it is there if the job is. */
  admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    return this.#noted('the admission of an id', () => this.#claims.admit(tube, requests));
  }

  conclude(tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#synced('the end of an admission', () => this.#claims.conclude(tube, requests));
  }

  async ping(tube: string): Promise<void> {
    await this.#noted('a trial', () => this.#claims.ping(tube), true);
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
    await this.#claims.close();
    await this.#file.close();
    this.#deadline.close();
  }

  #synced<T>(operation: string, change: () => Promise<T>): Promise<T> {
    return this.#kept(operation, change, { waits: true });
  }

  #noted<T>(operation: string, change: () => Promise<T>, tryAgain = false): Promise<T> {
    return this.#kept(operation, change, { waits: false, tryAgain });
  }

  async #kept<T>(
    operation: string,
    change: () => Promise<T>,
    { waits, tryAgain = false }: { readonly waits: boolean; readonly tryAgain?: boolean },
  ): Promise<T> {
    let changed = false;
    try {
      const file = this.#file;
      file.open();
      if (tryAgain) await this.#deadline.within(file.retry());
      const { trouble } = file;
      if (trouble !== undefined) throw trouble;
      changed = true;
      // The change is made at once, and waits for the disk with all that came before.
      const result = await change();
      if (waits) await this.#deadline.within(file.synced());
      return result;
    } catch (error) {
      if (error instanceof DqClaimStoreError) throw error;
      const outcome = changed ? 'Whether it is kept is unknown.' : 'Nothing was changed.';
      throw new DqClaimStoreError(`Expected the disk to take ${operation}, but: ${textOf(error)} ${outcome}`, {
        cause: error,
      });
    }
  }
}
