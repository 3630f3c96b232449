import type {
  AccountRequest,
  Admission,
  AdmitRequest,
  ClaimRequest,
  ClaimVerdict,
  ConcludeRequest,
  Holder,
  RenewRequest,
  RevokeRequest,
  RevokeVerdict,
  SettleRequest,
} from '../../lib/core/claims/claim-store.js';
import type {
  KeyCancellation,
  KeyCommit,
  KeyCommitment,
  KeyMove,
  KeyRequest,
  KeyReservation,
  StandingJob,
} from '../../lib/core/claims/key-claims.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import type { ClaimCall } from '../../lib/embedded/claims/claim-call.js';
import { MemoryClaimStore } from '../../lib/embedded/claims/memory-claim-store.js';
import { ManualClock } from './manual-clock.js';

type Keyed = readonly { readonly key: string }[];

/** Claims of which nothing is known: it records what is asked of it, says yes to it, or fails as a whole while `away`. */
export class StubClaimStore extends MemoryClaimStore {
  readonly calls: { readonly name: string; readonly tube: string; readonly request: unknown }[] = [];
  away = false;
  /** Answers come when it has. */
  answering: Promise<void> = Promise.resolve();
  verdict: RevokeVerdict = 'revoked';
  /** By key, where one gets another answer. */
  verdicts: Readonly<Record<string, RevokeVerdict>> = {};
  admission: Admission = { kind: 'admitted' };

  constructor() {
    super(new ClaimTable(1, new ManualClock()), 'elsewhere');
  }

  override claim(tube: string, _holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    return this.#answer('claim', tube, requests, { kind: 'granted', attempt: 1 });
  }

  override settle(tube: string, _holder: Holder, requests: readonly SettleRequest[]): Promise<readonly boolean[]> {
    return this.#answer('settle', tube, requests, true);
  }

  override renew(tube: string, _holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.#answer('renew', tube, requests, true);
  }

  override async account(tube: string, requests: readonly AccountRequest[]): Promise<void> {
    await this.#answer('account', tube, requests, undefined);
  }

  override async revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    await this.#note('revoke', tube, request);
    return this.verdicts[request.key] ?? this.verdict;
  }

  override async reserveKeys(tube: string, requests: readonly KeyRequest[]): Promise<readonly KeyReservation[]> {
    await this.#note('reserveKeys', tube, requests);
    return super.reserveKeys(tube, requests);
  }

  override async commitKeys(tube: string, requests: readonly KeyCommit[]): Promise<readonly KeyCommitment[]> {
    await this.#note('commitKeys', tube, requests);
    return super.commitKeys(tube, requests);
  }

  override async cancelKey(tube: string, slot: string): Promise<KeyCancellation> {
    await this.#note('cancelKey', tube, slot);
    return super.cancelKey(tube, slot);
  }

  override async moveKey(tube: string, slot: string, dueMs: number): Promise<KeyMove> {
    await this.#note('moveKey', tube, slot);
    return super.moveKey(tube, slot, dueMs);
  }

  override async findKey(tube: string, slot: string): Promise<StandingJob | undefined> {
    await this.#note('findKey', tube, slot);
    return super.findKey(tube, slot);
  }

  override admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    return this.#answer('admit', tube, requests, this.admission);
  }

  override conclude(tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#answer('conclude', tube, requests, true);
  }

  /** What was asked by calls of one name. */
  asked(name: string): unknown[] {
    return this.calls.filter((call) => call.name === name).map(({ request }) => request);
  }

  protected override async carryOut<T>(call: ClaimCall, work: (table: ClaimTable) => T): Promise<T> {
    await this.#note(call.operation, call.tube, undefined);
    return super.carryOut(call, work);
  }

  async #answer<T>(name: string, tube: string, requests: Keyed, answer: T): Promise<readonly T[]> {
    await this.#note(name, tube, requests);
    return requests.map(() => answer);
  }

  async #note(name: string, tube: string, request: unknown): Promise<void> {
    this.calls.push({ name, tube, request });
    await this.answering;
    if (this.away) throw new DqClaimStoreError('The stub store is away.');
  }
}
