import type { ClaimRequest, ClaimStore, RevokeVerdict } from '../core/claims/claim-store.js';
import type { ClaimTable } from '../embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../embedded/claims/memory-claim-store.js';
import type { JobLedger } from './job-ledger.js';

type Given<Call extends 'claim' | 'settle' | 'revoke' | 'resolveDead'> = Parameters<ClaimStore[Call]>;

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

  override async settle(...given: Given<'settle'>): Promise<readonly boolean[]> {
    const [, , requests] = given;
    const settled = await super.settle(...given);
    requests.forEach((request, at) => {
      if (settled[at] === true) this.ledger.settled(request);
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
}
