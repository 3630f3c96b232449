import { replace } from '../../harness/replace.js';
import { generationKey, nativeClaimKey } from '../../lib/core/claims/claim-key.js';
import type { Holder, RevokeRequest, SettleRequest } from '../../lib/core/claims/claim-store.js';
import type { KeyCommit } from '../../lib/core/claims/key-claims.js';
import type { ClaimRecord } from '../../lib/embedded/claims/claim-record.js';
import type { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import type { History } from '../../harness/history/history.js';
import type { EventOf } from '../../harness/history/history-event.js';
import type { HostClock } from '../time/host-clock.js';

type KeyWord = EventOf<'key-word'>;

const KEPT_MS = 7 * 86_400_000;

/** What is done to a table of claims that no store does. */
interface TableTools {
  now(): number;
  /** Whether there is a claim, of whatever state. */
  knows(key: string): boolean;
  /** Since when it may be claimed, if it waits. */
  waitsFrom(key: string): number | undefined;
  /** Writes an outcome over whatever stands there, as a store would that does not ask whose the claim is. */
  force(holder: Holder, request: SettleRequest): void;
  /** Forgets the admission of an id, though its job may live. */
  forgetAdmission(key: string): void;
  /** Revokes a job that has a key, whatever stands there. */
  takeBack(tube: string, job: Pick<KeyCommit, 'slot' | 'id' | 'dueMs'>): void;
  /** Keeps a tombstone for so long, and no longer. */
  keepTombstone(request: RevokeRequest, ms: number): void;
}

export type WatchedTable = ClaimTable & TableTools;

/** The table of claims as one process reaches it. What the store decides is told to the record. */
export function watchedTable(table: ClaimTable, host: HostClock, record: History, by: string): WatchedTable {
  const now = (): number => host.now();
  const toldKey = (word: KeyWord['word'], slot: string, answer: string, id?: string, other?: string): void =>
    record.happened({ kind: 'key-word', by, slot, word, answer, id, other });
  return replace(table as WatchedTable, {
    now,
    knows: (key) => table.keeps(key) !== undefined,
    waitsFrom(key) {
      const claim = table.snapshot().claims.get(key);
      return claim?.state === 'waiting' ? claim.notBefore : undefined;
    },
    claim(holder, request, goodUntil, takeoverUntil) {
      const verdict = table.claim(holder, request, goodUntil, takeoverUntil);
      const { key, takeover: orphan } = request;
      if (verdict.kind === 'granted') record.happened({ kind: 'granted', by, key, attempt: verdict.attempt, orphan });
      else if (verdict.kind === 'expired')
        record.happened({ kind: 'settled', by, key, attempt: 0, outcome: 'dead', answer: 'settled' });
      return verdict;
    },
    settle(holder, request, goodUntil, log) {
      const answer = table.settle(holder, request, goodUntil, log);
      const { key, attempt, outcome } = request;
      const wait = outcome.kind === 'again' ? { ms: outcome.ms } : {};
      record.happened({ kind: 'settled', by, key, attempt, outcome: outcome.kind, answer, ...wait });
      return answer;
    },
    force(holder, { key, attempt, outcome, copies }) {
      table.load([{ of: 'claim', key, record: outcomeRecord(holder, attempt, outcome, copies, now()) }]);
      record.happened({ kind: 'settled', by, key, attempt, outcome: outcome.kind, answer: 'settled' });
    },
    revoke(request) {
      const verdict = table.revoke(request);
      record.happened({ kind: 'tombstone', by, key: request.key, verdict });
      return verdict;
    },
    admit(request) {
      const admission = table.admit(request);
      const key = generationKey(request.key, request.generation);
      const answer = admission.kind === 'duplicate' ? admission.state : admission.kind;
      record.happened({ kind: 'admitted', by, key, answer });
      return admission;
    },
    conclude(request) {
      const counts = table.conclude(request);
      const key = generationKey(request.key, request.generation);
      record.happened({ kind: 'concluded', by, key, written: request.written, counts });
      return counts;
    },
    reserveKey(tube, request) {
      const answer = table.reserveKey(tube, request);
      const other = 'standing' in answer ? answer.standing?.id : undefined;
      toldKey('reserve', request.slot, answer.kind, request.id, other);
      return answer;
    },
    commitKey(tube, request) {
      const answer = table.commitKey(tube, request);
      toldKey('commit', request.slot, answer.kind, request.id, 'previous' in answer ? answer.previous.id : undefined);
      return answer;
    },
    cancelKey(tube, slot) {
      const answer = table.cancelKey(tube, slot);
      toldKey('cancel', slot, answer.kind);
      return answer;
    },
    moveKey(tube, slot, dueMs) {
      const answer = table.moveKey(tube, slot, dueMs);
      toldKey('move', slot, answer.kind, undefined, 'standing' in answer ? answer.standing.id : undefined);
      return answer;
    },
    forgetAdmission: (key) => table.load([{ of: 'admission', key, record: { state: 'failed', keptUntil: now() } }]),
    takeBack(tube, { slot, id, dueMs }) {
      table.revoke({ key: nativeClaimKey(tube, id), slot, copies: 0, dueMs });
    },
    keepTombstone({ key, copies }, ms) {
      table.load([{ of: 'claim', key, record: { state: 'revoked', copies, gone: 0, keptUntil: now() + ms } }]);
    },
  });
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
