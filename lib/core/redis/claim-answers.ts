import {
  type ClaimState,
  type ClaimVerdict,
  type JobRecord,
  type RevokeVerdict,
  unknownClaim,
} from '../claims/claim-store.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { shown } from '../errors/shown.js';

// What claims and the scripts on them say, as the claim store says it. What is not understood must never come to mean that a job is over.

const REVOKED: Readonly<Record<string, RevokeVerdict>> = {
  V: 'revoked',
  R: 'running',
  D: 'done',
  X: 'dead',
  foreign: 'done',
};

/** The values of claims that are understood, as the scripts' prelude has them. */
const FORMS = {
  running: /^dq1:R:\d+:[^:]*:\d+(?::m\d+)?(?::a\d+)?(?::r)?$/,
  waiting: /^dq1:W:\d+:\d+:[^:]*(?::m\d+)?(?::a\d+)?(?::r)?$/,
  done: /^dq1:D:\d+:[^:]*:\d+:\d+$/,
  revoked: /^dq1:V:0:-:\d+:\d+$/,
  pending: /^dq1:B:\d+:[a-z]:\d+:(\d+):/,
  dead: /^dq1:X:(\d+):[^:]*:\d+:\d+:(.*)$/s,
} as const;
const STATES = Object.keys(FORMS) as (keyof typeof FORMS)[];

export const yesOrNo = (codes: readonly unknown[]): readonly boolean[] => codes.map((code) => code === 1);

function stateOf(value: string | null): ClaimState['kind'] {
  if (value === null) return 'none';
  if (!value.startsWith('dq1:')) return 'foreign';
  return STATES.find((state) => FORMS[state].test(value)) ?? 'unknown';
}

/** What a claim's value says. */
export function claimState(value: string | null): ClaimState {
  const kind = stateOf(value);
  const [, , first, second, third] = (value ?? '').split(':');
  switch (kind) {
    case 'running':
      return { kind, attempt: Number(first), leaseEndMs: Number(third) };
    case 'waiting':
      return { kind, attempt: Number(first), notBeforeMs: Number(second), ...movedSince(value ?? '') };
    case 'pending':
      return { kind, dueMs: Number(FORMS.pending.exec(value ?? '')?.[1]) };
    case 'done':
      return { kind, attempt: Number(first) };
    case 'dead': {
      const [, attempts, reason = ''] = FORMS.dead.exec(value ?? '') ?? [];
      return { kind, attempts: Number(attempts), reason };
    }
    default:
      return { kind };
  }
}

/** Of a job that was moved and has not run since: who settles a run stands there in its claim. */
function movedSince(value: string): { readonly movedMs?: number } {
  const [, moment] = /^dq1:W:\d+:\d+:-:m(\d+)/.exec(value) ?? [];
  return moment === undefined ? {} : { movedMs: Number(moment) };
}

/** What the admission of an id says, and the generation that has it; undefined where it says nothing that is understood. */
export function admissionState(
  value: string | null,
):
  | { readonly generation: string; readonly done: boolean; readonly admission: Required<JobRecord>['admission'] }
  | undefined {
  const [, letter, generation, due, more] = /^dq1:([PS]):([^:]*):(\d+):?(\d*)$/.exec(value ?? '') ?? [];
  if (letter === undefined || generation === undefined) return undefined;
  const state = letter === 'P' ? 'pending' : 'scheduled';
  return { generation, done: state === 'scheduled' && more === '4', admission: { state, dueMs: Number(due) } };
}

/** Codes of claims that were granted and have marks: two moments of each stand behind all codes, 0 where there is none. */
const REVIVED = 11;
const MARKED = 12;

/** What a claim script answered, without the time before it: two numbers for each of so many claims. */
export function verdicts(codes: readonly number[], claims: number): readonly ClaimVerdict[] {
  let behind = 2 * claims;
  return Array.from({ length: claims }, (_, at) => {
    const [code, value] = [codes[2 * at] as number, codes[2 * at + 1] as number];
    if (code !== REVIVED && code !== MARKED) return verdict(code, value);
    const [askedMs, movedMs] = [codes[behind++] as number, codes[behind++] as number];
    return {
      kind: 'granted',
      attempt: value,
      // It runs although it is late: nobody asks since when.
      ...(code === REVIVED ? { revived: true as const } : askedMs > 0 && { askedMs }),
      ...(movedMs > 0 && { movedMs }),
    };
  });
}

function verdict(code: number, value: number): ClaimVerdict {
  switch (code) {
    case 1:
      return { kind: 'granted', attempt: value };
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
    case 13:
      return { kind: 'unborn' };
    default:
      throw unknownAnswer(code);
  }
}

/** @throws DqClaimStoreError when a later release wrote the claim: only it knows whether its job may still be taken back */
export function revokeVerdict(state: unknown): RevokeVerdict {
  const known = REVOKED[state as string];
  if (known !== undefined) return known;
  throw state === 'unknown' ? unknownClaim() : unknownAnswer(state);
}

export function unknownAnswer(answer: unknown): DqClaimStoreError {
  return new DqClaimStoreError(`Expected one of the answers of a claim script, got ${shown(answer)}.`);
}
