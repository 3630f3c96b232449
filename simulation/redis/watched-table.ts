import { generationKey } from '../../lib/core/claims/claim-key.js';
import type {
  AccountRequest,
  Admission,
  AdmitRequest,
  ClaimRequest,
  ClaimVerdict,
  ConcludeRequest,
  DeadClaim,
  Holder,
  JobRecord,
  RenewRequest,
  RevokeRequest,
  RevokeVerdict,
  SettleRequest,
} from '../../lib/core/claims/claim-store.js';
import type { ClaimRecord, Settlement } from '../../lib/embedded/claims/claim-record.js';
import type { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import type { History } from '../history/history.js';
import type { HostClock } from '../time/host-clock.js';

const KEPT_MS = 7 * 86_400_000;

/** The table of claims as one process reaches it. What the store decides is told to the record. */
export class WatchedTable {
  readonly #table: ClaimTable;
  readonly #host: HostClock;
  readonly #record: History;
  readonly #by: string;

  constructor(table: ClaimTable, host: HostClock, record: History, by: string) {
    this.#table = table;
    this.#host = host;
    this.#record = record;
    this.#by = by;
  }

  now(): number {
    return this.#host.now();
  }

  /** Whether there is a claim, of whatever state. */
  knows(key: string): boolean {
    return this.#table.keeps(key) !== undefined;
  }

  /** Since when it may be claimed, if it waits. */
  waitsFrom(key: string): number | undefined {
    const claim = this.#table.snapshot().claims.get(key);
    return claim?.state === 'waiting' ? claim.notBefore : undefined;
  }

  claim(holder: Holder, request: ClaimRequest, goodUntil: number, takeoverUntil: number): ClaimVerdict {
    const verdict = this.#table.claim(holder, request, goodUntil, takeoverUntil);
    if (verdict.kind === 'granted') {
      const { key, takeover: orphan } = request;
      this.#record.add({ kind: 'granted', by: this.#by, key, attempt: verdict.attempt, orphan });
    } else if (verdict.kind === 'expired') {
      const { key } = request;
      this.#record.add({ kind: 'settled', by: this.#by, key, attempt: 0, outcome: 'dead', answer: 'settled' });
    }
    return verdict;
  }

  settle(holder: Holder, request: SettleRequest, goodUntil: number): Settlement {
    const answer = this.#table.settle(holder, request, goodUntil);
    const { key, attempt, outcome } = request;
    const wait = outcome.kind === 'again' ? { ms: outcome.ms } : {};
    this.#record.add({ kind: 'settled', by: this.#by, key, attempt, outcome: outcome.kind, answer, ...wait });
    return answer;
  }

  /** Writes an outcome over whatever stands there, as a store would that does not ask whose the claim is. */
  force(holder: Holder, { key, attempt, outcome, copies }: SettleRequest): void {
    this.#table.load([{ of: 'claim', key, record: outcomeRecord(holder, attempt, outcome, copies, this.now()) }]);
    this.#record.add({ kind: 'settled', by: this.#by, key, attempt, outcome: outcome.kind, answer: 'settled' });
  }

  renew(holder: Holder, request: RenewRequest, goodUntil: number): boolean {
    return this.#table.renew(holder, request, goodUntil);
  }

  account(request: AccountRequest): void {
    this.#table.account(request);
  }

  revoke(request: RevokeRequest): RevokeVerdict {
    const verdict = this.#table.revoke(request);
    this.#record.add({ kind: 'tombstone', by: this.#by, key: request.key, verdict });
    return verdict;
  }

  describe(key: string): JobRecord {
    return this.#table.describe(key);
  }

  describeDead(key: string): DeadClaim {
    return this.#table.describeDead(key);
  }

  resolveDead(key: string, how: 'retry' | 'drop'): boolean {
    return this.#table.resolveDead(key, how);
  }

  admit(request: AdmitRequest): Admission {
    const admission = this.#table.admit(request);
    const key = generationKey(request.key, request.generation);
    const answer = admission.kind === 'duplicate' ? admission.state : admission.kind;
    this.#record.add({ kind: 'admitted', by: this.#by, key, answer });
    return admission;
  }

  conclude(request: ConcludeRequest): boolean {
    const counts = this.#table.conclude(request);
    const key = generationKey(request.key, request.generation);
    this.#record.add({ kind: 'concluded', by: this.#by, key, written: request.written, counts });
    return counts;
  }

  /** Forgets the admission of an id, though its job may live. */
  forgetAdmission(key: string): void {
    this.#table.load([{ of: 'admission', key, record: { state: 'failed', keptUntil: this.now() } }]);
  }

  /** Keeps a tombstone for so long, and no longer. */
  keepTombstone({ key, copies }: RevokeRequest, ms: number): void {
    const keptUntil = this.now() + ms;
    this.#table.load([{ of: 'claim', key, record: { state: 'revoked', copies, gone: 0, keptUntil } }]);
  }
}

function outcomeRecord(
  { token }: Holder,
  attempt: number,
  outcome: SettleRequest['outcome'],
  copies: number,
  now: number,
): ClaimRecord {
  const keptUntil = now + KEPT_MS;
  switch (outcome.kind) {
    case 'done':
      return { state: 'done', attempt, token, copies, gone: 0, keptUntil };
    case 'dead':
      return { state: 'dead', attempt, token, copies, gone: 0, reason: outcome.reason, keptUntil };
    case 'again':
      return {
        state: 'waiting',
        attempt: outcome.counts ? attempt : attempt - 1,
        token,
        notBefore: now + outcome.ms,
        keptUntil,
      };
  }
}
