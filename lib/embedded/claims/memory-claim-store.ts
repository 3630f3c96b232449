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
import type {
  KeyCancellation,
  KeyCommit,
  KeyCommitment,
  KeyMove,
  KeyRequest,
  KeyReservation,
  StandingJob,
} from '../../core/claims/key-claims.js';
import { DqClaimStoreError } from '../../core/errors/connection.errors.js';
import type { ClaimCall } from './claim-call.js';
import type { Settlement } from './claim-record.js';
import type { ClaimTable } from './claim-table.js';
import { TablePauses } from './table-pauses.js';
import { TableSchedules } from './table-schedules.js';

const PAUSED: ClaimVerdict = Object.freeze({ kind: 'paused' });

/** No command is late that does not travel. */
const ALWAYS = 0;

/**
 * Claims in this process; see {@link ClaimStore} for their states. Each call is done when it returns, and its promise is already
 * resolved. Orphans may be taken over at once: nobody's renewal can be on its way. Several stores may share a table. A store whose table
 * is elsewhere says in `carryOut` how calls get there.
 */
export class MemoryClaimStore implements ClaimStore {
  readonly #table: ClaimTable;
  readonly schedules = new TableSchedules((call, work) => this.carryOut(call, (table) => work(table.schedules)));
  readonly pauses: TablePauses;
  #closed = false;

  constructor(table: ClaimTable, where: 'here' | 'elsewhere' = 'here') {
    this.#table = table;
    const near = where === 'here' ? table.pauses : undefined;
    this.pauses = new TablePauses((call, work) => this.carryOut(call, (all) => work(all.pauses)), near);
  }

  get up(): boolean {
    return !this.#closed;
  }

  claim(tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    return this.carryOut({ tube, operation: 'a claim', effect: 'lasting' }, (table) => {
      const isPaused = table.pauses.look(tube) !== undefined;
      return requests.map((request) => (isPaused ? PAUSED : table.claim(holder, request, ALWAYS, Infinity)));
    });
  }

  settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history?: HistorySettings,
  ): Promise<readonly SettleAnswer[]> {
    const log = history && { tube, history };
    return this.carryOut({ tube, operation: 'the outcome of a run', effect: 'lasting' }, (table) =>
      requests.map((request) => answerOf(table.settle(holder, request, ALWAYS, log))),
    );
  }

  history(tube: string, limit: number, before?: string): Promise<readonly HistoryRecord[]> {
    return this.carryOut({ tube, operation: 'a look at a history', effect: 'look' }, (table) =>
      table.history(tube, limit, before),
    );
  }

  renew(tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.carryOut({ tube, operation: 'a renewal of leases', effect: 'change' }, (table) =>
      requests.map((request) => table.renew(holder, request)),
    );
  }

  account(tube: string, requests: readonly AccountRequest[]): Promise<void> {
    return this.carryOut({ tube, operation: 'an account of copies', effect: 'change' }, (table) => {
      for (const request of requests) table.account(request);
    });
  }

  revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    return this.carryOut({ tube, operation: 'a revoke', effect: 'lasting' }, (table) => table.revoke(request));
  }

  describe(tube: string, key: string): Promise<JobRecord> {
    return this.carryOut({ tube, operation: 'a look at a claim', effect: 'look' }, (table) => table.describe(key));
  }

  describeDead(tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    return this.carryOut({ tube, operation: 'a look at dead letters', effect: 'look' }, (table) =>
      keys.map((key) => table.describeDead(key)),
    );
  }

  resolveDead(tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    return this.carryOut({ tube, operation: 'a decision on dead letters', effect: 'lasting' }, (table) =>
      keys.map((key) => table.resolveDead(key, how)),
    );
  }

  /** Its job is kept with it or after it, so it is there if the job is. */
  admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    return this.carryOut({ tube, operation: 'the admission of an id', effect: 'change' }, (table) =>
      requests.map((request) => table.admit(request)),
    );
  }

  conclude(tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.carryOut({ tube, operation: 'the end of an admission', effect: 'lasting' }, (table) =>
      requests.map((request) => table.conclude(request)),
    );
  }

  async ping(tube: string): Promise<void> {
    await this.carryOut({ tube, operation: 'a trial', effect: 'look' }, () => undefined);
  }

  /** What is reserved is kept with its job or before it. */
  reserveKeys(tube: string, requests: readonly KeyRequest[]): Promise<readonly KeyReservation[]> {
    return this.carryOut({ tube, operation: 'the reservation of a key', effect: 'change' }, (table) =>
      requests.map((request) => table.reserveKey(tube, request)),
    );
  }

  commitKeys(tube: string, requests: readonly KeyCommit[]): Promise<readonly KeyCommitment[]> {
    return this.carryOut({ tube, operation: 'the commit of a job with a key', effect: 'lasting' }, (table) =>
      requests.map((request) => table.commitKey(tube, request)),
    );
  }

  cancelKey(tube: string, slot: string): Promise<KeyCancellation> {
    return this.carryOut({ tube, operation: 'the cancel of a key', effect: 'lasting' }, (table) =>
      table.cancelKey(tube, slot),
    );
  }

  moveKey(tube: string, slot: string, dueMs: number): Promise<KeyMove> {
    return this.carryOut({ tube, operation: 'another moment for a key', effect: 'lasting' }, (table) =>
      table.moveKey(tube, slot, dueMs),
    );
  }

  findKey(tube: string, slot: string): Promise<StandingJob | undefined> {
    return this.carryOut({ tube, operation: 'a look at a key', effect: 'look' }, (table) => table.findKey(tube, slot));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  protected async carryOut<T>({ operation }: ClaimCall, work: (table: ClaimTable) => T): Promise<T> {
    if (!this.#closed) return work(this.#table);
    throw new DqClaimStoreError(
      `Expected an open claim store for ${operation}, but it was closed. Nothing was changed.`,
    );
  }
}

export function answerOf(settlement: Settlement): SettleAnswer {
  return settlement === 'superseded' ? settlement : settlement === 'settled';
}
