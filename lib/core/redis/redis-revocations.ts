import { admissionKey, generationKey, generationOf, isNativeKey } from '../claims/claim-key.js';
import type { RevokeRequest, RevokeVerdict } from '../claims/claim-store.js';
import { revokeVerdict, yesOrNo } from './claim-answers.js';
import type { RedisParts } from './redis-parts.js';
import type { Argument, SendScript } from './redis-scripts.js';

/** Ends of jobs that no run brought about: revokes, and decisions on dead letters. */
export class RedisRevocations {
  readonly #parts: RedisParts;

  constructor(parts: RedisParts) {
    this.#parts = parts;
  }

  async revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    this.#parts.memory.asked(tube);
    const { key } = request;
    if (request.slot !== undefined) return this.#revokeKeyed(request, request.slot);
    if (request.guess === true) return this.#revokeGuess(request);
    if (!isNativeKey(key) || generationOf(key) !== undefined) return revokeVerdict(await this.#revoke(request));
    // The id may be the caller's own: then its admission leads to the claim.
    for (let state = await this.#revokeByName(request); ;) {
      const [, stage, generation] = /^([PS]):(.*)$/.exec(state) ?? [];
      if (generation === undefined) return revokeVerdict(state);
      const verdict = revokeVerdict(await this.#revoke({ ...request, key: generationKey(key, generation) }));
      if (stage === 'S' || verdict !== 'revoked') return verdict;
      const next = await this.#revokeByName(request);
      if (next === state) return verdict;
      // Another write has taken the id over meanwhile, or this one was concluded.
      state = next;
    }
  }

  async resolveDead(_tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    const requests = keys.map((key) => ({ key }));
    return this.#parts.scripts.callMany('dqResolveDead', requests, {
      head: [this.#parts.keeps.keepMs, how === 'retry' ? 'W' : 'V'],
      read: yesOrNo,
      ids: how === 'retry' ? { holds: (_, resolved) => (resolved ? this.#parts.keeps.keepMs : undefined) } : undefined,
    });
  }

  #revoke({ key, ...request }: RevokeRequest): Promise<unknown> {
    return this.#parts.scripts.call('dqRevoke', [key], this.#revokeArguments(request));
  }

  /** A job with a key has no own id. Where its slot cannot be given beside its claim, the claim says all, and the slot follows. */
  async #revokeKeyed({ key, ...request }: RevokeRequest, slot: string): Promise<RevokeVerdict> {
    const parameters = this.#revokeArguments(request);
    const apart = async (send: SendScript): Promise<unknown> => {
      const state = await send([key], parameters, 'dqRevoke');
      await send([slot], [key], 'dqKeyLeave');
      return state;
    };
    return revokeVerdict(await this.#parts.scripts.call('dqRevokeKeyed', [slot, key], parameters, apart));
  }

  async #revokeGuess({ key, ...request }: RevokeRequest): Promise<RevokeVerdict> {
    const state = await this.#parts.scripts.callIfAllowed('dqRevoke', [key], this.#revokeArguments(request));
    if (state !== undefined) return revokeVerdict(state);
    return request.absent === true ? 'done' : 'revoked';
  }

  async #revokeByName({ key, ...request }: RevokeRequest): Promise<string> {
    const parameters = this.#revokeArguments(request);
    const admission = admissionKey(key);
    const apart = async (send: SendScript): Promise<unknown> => {
      const state = await send([admission], parameters);
      return state === 'none' ? send([key], parameters) : state;
    };
    return String(await this.#parts.scripts.call('dqRevoke', [key, admission], parameters, apart));
  }

  #revokeArguments({ copies, dueMs, absent = false }: Omit<RevokeRequest, 'key'>): readonly Argument[] {
    const { keepMs, openMs } = this.#parts.keeps;
    return [copies, keepMs, dueMs ?? '', absent ? '1' : '0', openMs];
  }
}
