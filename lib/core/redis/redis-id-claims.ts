import { admissionKey, generationKey } from '../claims/claim-key.js';
import type { Admission, AdmitRequest, ConcludeRequest } from '../claims/claim-store.js';
import { type Retention, STALE_ADMISSION_MS } from '../claims/retention.js';
import { isUnstarted, toldState, unknownAnswer, yesOrNo } from './claim-answers.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisScripts } from './redis-scripts.js';

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
  readonly #connection: RedisConnection;
  readonly #scripts: RedisScripts;
  readonly #keeps: Retention;

  constructor(connection: RedisConnection, scripts: RedisScripts, keeps: Retention) {
    this.#connection = connection;
    this.#scripts = scripts;
    this.#keeps = keeps;
  }

  /** One round trip; for ids that are taken one more, which asks for what became of their jobs. */
  async admit(requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    const known = await this.#scripts.callMany<AdmitRequest, Known>('dqAdmit', requests.map(ofAdmission), {
      head: [this.#keeps.keepMs, STALE_ADMISSION_MS],
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

  async conclude(requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#scripts.callMany('dqConclude', requests.map(ofAdmission), {
      head: [this.#keeps.keepMs],
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
    const claim = await this.#connection.call('a look at a claim', () => this.#connection.client.get(claimKey));
    if (code === SCHEDULED || !isUnstarted(claim)) return { kind: 'duplicate', state: toldState(claim), dueMs };
    const keys = [claimKey, admissionKey(request.key)];
    const next = [generation, this.#keeps.keepMs, STALE_ADMISSION_MS, request.generation, request.dueMs];
    // Refused where it was concluded, started or taken over just now.
    if ((await this.#scripts.call('dqTakeOverId', keys, next)) === 1) return ADMITTED;
    return { kind: 'duplicate', state: 'pending', dueMs };
  }
}

function ofAdmission<Request extends { readonly key: string }>(request: Request): Request {
  return { ...request, key: admissionKey(request.key) };
}
