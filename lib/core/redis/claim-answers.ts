import type { Admission, ClaimVerdict, DeadClaim, RevokeVerdict } from '../claims/claim-store.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { shown } from '../errors/shown.js';

// What the claim scripts answer, as the claim store says it. What is not understood must never come to mean that a job is over.

const KNOWN_STATES = [undefined, 'pending', 'scheduled', 'running', 'done', 'dead', 'revoked'] as const;
const REVOKED: Readonly<Record<string, RevokeVerdict>> = {
  V: 'revoked',
  R: 'running',
  D: 'done',
  X: 'dead',
  F: 'done',
};

export const yesOrNo = (codes: readonly number[]): readonly boolean[] => codes.map((code) => code === 1);

/** What a claim's value says of a job that was given up. */
export function deadClaim(value: string | null): DeadClaim {
  if (value === null) return { kind: 'forgotten' };
  const dead = /^dq1:X:(\d+):[^:]*:\d+:\d+:?(.*)$/s.exec(value);
  // No attempt, no holder: it was never granted.
  if (dead !== null)
    return { kind: dead[1] === '0' ? 'expired' : 'dead', attempts: Number(dead[1]), reason: dead[2] ?? '' };
  return { kind: /^dq1:[RW]:/.test(value) ? 'alive' : 'over' };
}

export function admission(code: number, dueMs: number): Admission {
  const state = KNOWN_STATES[code];
  if (state === undefined && code !== 0) throw unknownAnswer(code);
  return state === undefined ? { kind: 'admitted' } : { kind: 'duplicate', state, dueMs };
}

/** The code of a claim that was granted after its handler asked to run again; the moment stands behind all others. */
const ASKED = 12;

/** What a claim script answered, without the time before it: two numbers for each of so many claims. */
export function verdicts(codes: readonly number[], claims: number): readonly ClaimVerdict[] {
  let behind = 2 * claims;
  return Array.from({ length: claims }, (_, at) => {
    const [code, value] = [codes[2 * at] as number, codes[2 * at + 1] as number];
    return code === ASKED
      ? { kind: 'granted', attempt: value, askedMs: codes[behind++] as number }
      : verdict(code, value);
  });
}

function verdict(code: number, value: number): ClaimVerdict {
  switch (code) {
    case 1:
      return { kind: 'granted', attempt: value };
    case 11:
      return { kind: 'granted', attempt: value, revived: true };
    case 2:
      return { kind: 'running', ms: value };
    case 3:
      return { kind: 'waiting', ms: value };
    case 4:
      return { kind: 'early', ms: value };
    case 5:
      return { kind: 'done' };
    case 6:
      return { kind: 'revoked' };
    case 7:
      return { kind: 'dead' };
    case 9:
      return { kind: 'expired' };
    case 10:
      return { kind: 'orphaned' };
    case 8:
      return { kind: 'foreign' };
    default:
      // What is not understood must never come to mean that a job is over.
      throw unknownAnswer(code);
  }
}

export function revokeVerdict(state: unknown): RevokeVerdict {
  const known = REVOKED[state as string];
  if (known === undefined) throw unknownAnswer(state);
  return known;
}

function unknownAnswer(answer: unknown): DqClaimStoreError {
  return new DqClaimStoreError(`Expected one of the answers of a claim script, got ${shown(answer)}.`);
}
