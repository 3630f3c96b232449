// What the strings in Redis say of claims and keys, as records of the table in memory.
import type { KeyPolicy } from '../../lib/core/claims/key-claims.js';
import {
  type AdmissionRecord,
  type ClaimRecord,
  FOREVER,
  type Marks,
  type PauseEntry,
  type SlotRecord,
} from '../../lib/embedded/claims/claim-record.js';
import { LATER } from '../support/claim-tables.js';

function marksIn(fields: readonly string[]): Marks {
  const moved = fields.find((field) => field.startsWith('m'));
  const asked = fields.find((field) => field.startsWith('a'));
  return {
    ...(fields.includes('r') && { revived: true }),
    ...(asked && { askedMs: Number(asked.slice(1)) }),
    ...(moved && { movedMs: Number(moved.slice(1)) }),
  };
}

const POLICIES: Readonly<Record<string, KeyPolicy>> = { r: 'replace', p: 'postpone', k: 'keep', m: 'move' };

/** What one says of a user's own key. */
export function readSlot(value: string, ttl: number): SlotRecord {
  const [order, open, word, id = '', dueMs, firstMs, hash = '', marked = '', ...handle] = value.slice(6).split('|');
  const standing = { id, dueMs: Number(dueMs), firstMs: Number(firstMs), hash, handle: handle.join('|') };
  return {
    order: Number(order),
    spoken: Number(word),
    open: Number(open),
    ...(id !== '' && { standing }),
    marked: marked === '' ? [] : marked.split(','),
    keptUntil: Date.now() + ttl,
  };
}

/** What one says of a claim, an admission or a pause. */
export function readClaim(value: string, ttl: number): ClaimRecord | AdmissionRecord | PauseEntry {
  const keptUntil = ttl === -1 ? FOREVER : Date.now() + ttl;
  const [, state, first = '', second = '', third = '', fourth = '', ...rest] = value.split(':');
  const token = second === '-' ? '' : second;
  const counts = { copies: Number(third), gone: Number(fourth) };
  const attempt = Number(first);
  switch (value.startsWith('dq1:') ? state : undefined) {
    case 'R':
      return {
        state: 'running',
        attempt,
        token,
        leaseEnd: Number(third),
        keptUntil,
        ...marksIn([fourth, ...rest]),
      };
    case 'W':
      return {
        state: 'waiting',
        attempt,
        token: third === '-' ? '' : third,
        notBefore: Number(second),
        keptUntil,
        ...marksIn([fourth, ...rest]),
      };
    case 'D':
      return { state: 'done', attempt, token, ...counts, keptUntil };
    case 'X':
      return { state: 'dead', attempt, token, ...counts, reason: rest.join(':'), keptUntil };
    case 'V':
      return { state: 'revoked', ...counts, keptUntil };
    case 'P':
      return { state: 'pending', generation: first, dueMs: Number(second), since: Number(third), keptUntil };
    case 'S':
      return {
        state: 'scheduled',
        generation: first,
        dueMs: Number(second),
        ...(third === '4' && { done: true }),
        keptUntil,
      };
    case 'B':
      return {
        state: 'pending',
        order: Number(first),
        policy: POLICIES[second] ?? 'keep',
        firstMs: Number(third),
        dueMs: Number(fourth),
        hash: rest.join(':'),
        keptUntil,
      };
    case 'Z': {
      const reason = value.split(':').slice(4).join(':');
      return { state: 'pause', sinceMs: attempt, untilMs: Number(second) || undefined, reason, keptUntil };
    }
    case 'F':
      return { state: 'failed', keptUntil };
    case 'Q':
      return { state: LATER, keptUntil };
    default:
      return { state: 'foreign', keptUntil };
  }
}
