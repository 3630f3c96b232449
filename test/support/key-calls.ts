// Calls of users' own keys, step by step, on one tube of a claim store.
import { nativeClaimKey, slotKey } from '../../lib/core/claims/claim-key.js';
import type { ClaimStore, ClaimVerdict, SettleAnswer, SettleOutcome } from '../../lib/core/claims/claim-store.js';
import type { KeyCommit, KeyCommitment, KeyPolicy, KeyReservation } from '../../lib/core/claims/key-claims.js';
import { newJobId } from '../../lib/core/wire/job-id.js';
import { A } from '../contract/claim-lab.js';

export const THREE_COPIES =
  '10.0.0.1:11300/orders/1234567,10.0.0.2:11300/orders/1234568,10.0.0.3:11300/orders/1234569,';

/** A call up to its commit. */
export interface ReservedCall {
  readonly id: string;
  readonly slot: string;
  readonly claim: string;
  readonly reservation: KeyReservation & { readonly kind: 'reserved' };
  readonly commit: KeyCommit;
}

interface CallOptions {
  readonly dueMs?: number;
  readonly policy?: KeyPolicy;
  readonly hash?: string;
  readonly handle?: string;
}

export class KeyCalls {
  constructor(
    readonly store: ClaimStore,
    readonly tube: string,
  ) {}

  slot(key: string): string {
    return slotKey(this.tube, key);
  }

  async reserve(key: string, options: CallOptions = {}): Promise<ReservedCall> {
    const { dueMs = Date.now() + 3_600_000, policy = 'replace', hash = newJobId().slice(0, 11) } = options;
    const [id, slot] = [newJobId(), this.slot(key)];
    const [reservation] = await this.store.reserveKeys(this.tube, [{ slot, id, dueMs, policy, hash }]);
    if (reservation?.kind === 'refused') throw reservation.error;
    if (reservation?.kind !== 'reserved') throw new Error(`expected a reservation, got ${reservation?.kind}`);
    const { firstMs, order } = reservation;
    const handle = options.handle ?? THREE_COPIES + id;
    const commit = { slot, id, dueMs, handle, reserved: { firstMs, order, policy, hash } };
    return { id, slot, claim: nativeClaimKey(this.tube, id), reservation, commit };
  }

  async commit({ commit }: ReservedCall): Promise<KeyCommitment> {
    const [commitment] = await this.store.commitKeys(this.tube, [commit]);
    if (commitment?.kind === 'refused') throw commitment.error;
    return commitment!;
  }

  /** A call up to its end, whatever it replaces. */
  async schedule(key: string, options?: CallOptions): Promise<ReservedCall> {
    const call = await this.reserve(key, options);
    await this.commit(call);
    return call;
  }

  async run({ claim, slot }: ReservedCall, holder = A, takeover = false): Promise<ClaimVerdict> {
    const [verdict] = await this.store.claim(this.tube, holder, [
      { key: claim, dueMs: Date.now() - 1_000, takeover, slot },
    ]);
    return verdict!;
  }

  async settle({ claim, slot }: ReservedCall, outcome: SettleOutcome, attempt = 1, holder = A): Promise<SettleAnswer> {
    const [settled] = await this.store.settle(this.tube, holder, [{ key: claim, attempt, outcome, copies: 3, slot }]);
    return settled!;
  }
}
