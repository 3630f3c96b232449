import type { ClaimRequest, ClaimStore, Given, RevokeVerdict, SettleAnswer } from '../core/claims/claim-store.js';
import { nativeClaimKey } from '../core/claims/claim-key.js';
import type { StandingJob } from '../core/claims/key-claims.js';
import type { ClaimTable } from '../embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../embedded/claims/memory-claim-store.js';
import type { JobLedger } from './job-ledger.js';

/** Lets through or holds back. Closed at first. */
export class Gate {
  /** Resolved while the gate is open. */
  opened!: Promise<void>;
  open!: () => void;

  constructor() {
    this.close();
  }

  /** Not to be called while it is closed: who waits already would wait for ever. */
  close(): void {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

/** The claims of one test, in memory. Nobody gets one while the gate is closed; the ledger is told what becomes of jobs. */
export class TestedClaimStore extends MemoryClaimStore {
  constructor(
    table: ClaimTable,
    readonly gate: Gate,
    readonly ledger: JobLedger,
  ) {
    super(table);
  }

  override async claim(...given: Given<'claim'>): ReturnType<ClaimStore['claim']> {
    const [, , requests] = given;
    await this.gate.opened;
    const verdicts = await super.claim(...given);
    verdicts.forEach((verdict, at) => {
      if (verdict.kind === 'expired') this.ledger.expired((requests[at] as ClaimRequest).key);
    });
    return verdicts;
  }

  override async settle(...given: Given<'settle'>): Promise<readonly SettleAnswer[]> {
    const [, , requests] = given;
    const settled = await super.settle(...given);
    requests.forEach((request, at) => {
      if (settled[at] === true) this.ledger.settled(request);
      else if (settled[at] === 'superseded') this.ledger.superseded(request);
    });
    return settled;
  }

  override async revoke(...[tube, request]: Given<'revoke'>): Promise<RevokeVerdict> {
    const verdict = await super.revoke(tube, request);
    if (verdict === 'revoked') this.ledger.revoked(request.key);
    return verdict;
  }

  override async resolveDead(...[tube, keys, how]: Given<'resolveDead'>): Promise<readonly boolean[]> {
    const resolved = await super.resolveDead(tube, keys, how);
    keys.forEach((key, at) => {
      if (resolved[at] === true) this.ledger.resolved(key, how);
    });
    return resolved;
  }

  override async reserveKeys(...[tube, requests]: Given<'reserveKeys'>): ReturnType<ClaimStore['reserveKeys']> {
    const reservations = await super.reserveKeys(tube, requests);
    for (const reservation of reservations)
      if (reservation.kind === 'postponed') this.#moved(tube, reservation.standing);
    return reservations;
  }

  override async commitKeys(...[tube, requests]: Given<'commitKeys'>): ReturnType<ClaimStore['commitKeys']> {
    const commitments = await super.commitKeys(tube, requests);
    commitments.forEach((commitment, at) => {
      const { kind } = commitment;
      if (kind === 'replaced') this.#revoked(tube, commitment.previous);
      else if (kind === 'kept' || kind === 'superseded') this.#revoked(tube, requests[at] as { readonly id: string });
    });
    return commitments;
  }

  override async cancelKey(...[tube, slot]: Given<'cancelKey'>): ReturnType<ClaimStore['cancelKey']> {
    const cancellation = await super.cancelKey(tube, slot);
    if (cancellation.kind === 'cancelled' && cancellation.previous) this.#revoked(tube, cancellation.previous);
    return cancellation;
  }

  override async moveKey(...[tube, slot, dueMs]: Given<'moveKey'>): ReturnType<ClaimStore['moveKey']> {
    const move = await super.moveKey(tube, slot, dueMs);
    if (move.kind === 'moved') this.#moved(tube, move.standing);
    return move;
  }

  #moved(tube: string, { id, dueMs }: StandingJob): void {
    this.ledger.moved(nativeClaimKey(tube, id), dueMs);
  }

  #revoked(tube: string, { id }: { readonly id: string }): void {
    this.ledger.revoked(nativeClaimKey(tube, id));
  }
}
