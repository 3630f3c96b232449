import type {
  ClaimRequest,
  ClaimVerdict,
  Holder,
  RevokeRequest,
  RevokeVerdict,
  SettleAnswer,
  SettleRequest,
} from '../core/claims/claim-store.js';
import type { ClaimTable } from '../embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../embedded/claims/memory-claim-store.js';
import type { Gate } from './gate.js';
import type { HandlerCalls } from './handler-calls.js';
import type { JobLedger } from './job-ledger.js';

/** The claims of one test, in memory. Nobody gets one while the gate is closed; the ledger is told what becomes of jobs. */
export class TestedClaimStore extends MemoryClaimStore {
  readonly #gate: Gate;
  readonly #calls: HandlerCalls;
  readonly #ledger: JobLedger;

  constructor(table: ClaimTable, gate: Gate, calls: HandlerCalls, ledger: JobLedger) {
    super(table);
    this.#gate = gate;
    this.#calls = calls;
    this.#ledger = ledger;
  }

  override async claim(
    tube: string,
    holder: Holder,
    requests: readonly ClaimRequest[],
  ): Promise<readonly ClaimVerdict[]> {
    await this.#gate.opened;
    const verdicts = await super.claim(tube, holder, requests);
    verdicts.forEach((verdict, at) => {
      if (verdict.kind === 'expired') this.#ledger.expired((requests[at] as ClaimRequest).key);
    });
    return verdicts;
  }

  override async settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
  ): Promise<readonly SettleAnswer[]> {
    const settled = await super.settle(tube, holder, requests);
    requests.forEach(({ key, attempt, outcome }, at) => {
      if (settled[at] === true) this.#ledger.settled(key, attempt, outcome, this.#calls.settled(key));
    });
    return settled;
  }

  override async revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    const verdict = await super.revoke(tube, request);
    if (verdict === 'revoked') this.#ledger.revoked(request.key);
    return verdict;
  }

  override async resolveDead(
    tube: string,
    keys: readonly string[],
    how: 'retry' | 'drop',
  ): Promise<readonly boolean[]> {
    const resolved = await super.resolveDead(tube, keys, how);
    keys.forEach((key, at) => {
      if (resolved[at] === true) this.#ledger.resolved(key, how);
    });
    return resolved;
  }
}
