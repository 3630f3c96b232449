import { admissionKey, generationKey } from '../claims/claim-key.js';
import { isUnstarted, TOLD } from '../claims/claim-state.js';
import type { Admission, AdmitRequest, ConcludeRequest } from '../claims/claim-store.js';
import { STALE_ADMISSION_MS } from '../claims/retention.js';
import { claimState, unknownAnswer, yesOrNo } from './claim-answers.js';
import type { RedisParts } from './redis-parts.js';

const ADMITTED: Admission = Object.freeze({ kind: 'admitted' });
/** Codes of the admission script that the job's claim says more of. */
const SCHEDULED = 2;
const LEFT = 7;
const STATES: Readonly<Record<number, 'pending' | 'done'>> = { 1: 'pending', 4: 'done' };

/** What an admission says to one who asks for its id, and the generation that has it. */
interface Known {
  readonly code: number;
  readonly dueMs: number;
  readonly generation: string;
}

/** Admissions of callers' own ids in Redis. */
export class RedisIdClaims {
  readonly #parts: RedisParts;

  constructor(parts: RedisParts) {
    this.#parts = parts;
  }

  /** One round trip; for ids that are taken one more, which asks for what became of their jobs. */
  async admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    this.#parts.memory.asked(tube);
    const known = await this.#parts.scripts.callMany<AdmitRequest, Known>('dqAdmit', requests.map(ofAdmission), {
      head: [this.#parts.keeps.keepMs, STALE_ADMISSION_MS],
      push: ({ generation, dueMs }, to) => void to.push(generation, dueMs),
      read: (codes, part) =>
        part.map((_, at) => ({
          code: codes[3 * at] as number,
          dueMs: codes[3 * at + 1] as number,
          generation: codes[3 * at + 2] as string,
        })),
    });
    if (known.every(({ code }) => code === 0)) return known.map(() => ADMITTED);
    return Promise.all(known.map((one, at) => this.#admission(requests[at] as AdmitRequest, one)));
  }

  async conclude(_tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#parts.scripts.callMany('dqConclude', requests.map(ofAdmission), {
      head: [this.#parts.keeps.keepMs],
      push: ({ generation, dueMs, written }, to) => void to.push(generation, dueMs, written ? 'S' : 'F'),
      read: yesOrNo,
    });
  }

  async #admission(request: AdmitRequest, { code, dueMs, generation }: Known): Promise<Admission> {
    if (code === 0) return ADMITTED;
    if (code !== SCHEDULED && code !== LEFT) {
      const state = STATES[code];
      if (state === undefined) throw unknownAnswer(code);
      return { kind: 'duplicate', state, dueMs };
    }
    const claimKey = generationKey(request.key, generation);
    const { connection } = this.#parts;
    const value = await connection.call('a look at a claim', () => connection.client.get(claimKey));
    const claim = claimState(value);
    if (code === SCHEDULED || !isUnstarted(claim)) return { kind: 'duplicate', state: TOLD[claim.kind], dueMs };
    const keys = [claimKey, admissionKey(request.key)];
    const next = [generation, this.#parts.keeps.keepMs, STALE_ADMISSION_MS, request.generation, request.dueMs];
    // Refused where it was concluded, started or taken over just now.
    if ((await this.#parts.scripts.call('dqTakeOverId', keys, next)) === 1) return ADMITTED;
    return { kind: 'duplicate', state: 'pending', dueMs };
  }
}

function ofAdmission<Request extends { readonly key: string }>(request: Request): Request {
  return { ...request, key: admissionKey(request.key) };
}
