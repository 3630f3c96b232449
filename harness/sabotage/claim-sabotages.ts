import { asking, claims, type Sabotage } from './sabotage.js';

const DONE = { kind: 'done' } as const;
const HOUR_MS = 3_600_000;

/** Protections of the claim store. */
export const claimSabotages = {
  /** Claims that are not asked for: everybody may run everything. */
  'always-grants': claims(() => ({
    claim: (_tube, _holder, requests) => Promise.resolve(requests.map(() => ({ kind: 'granted', attempt: 1 }))),
    settle: (_tube, _holder, requests) => Promise.resolve(requests.map(() => true)),
    renew: (_tube, _holder, requests) => Promise.resolve(requests.map(() => true)),
  })),

  /** A pause is acknowledged, and nobody is told of it. */
  'forgets-pauses': claims(() => ({
    pauses: {
      pause: (_tube, { reason }) => Promise.resolve({ sinceMs: 0, untilMs: undefined, reason }),
      resume: () => Promise.resolve(true),
      look: () => Promise.resolve(undefined),
      tubes: () => Promise.resolve([]),
    },
  })),

  /** Claims of which only running ones count: that a job is done, dead or revoked is forgotten, so late copies run. */
  'forgets-ends': claims((store) => ({
    claim: async (tube, holder, requests) => {
      const verdicts = await store.claim(tube, holder, requests);
      return verdicts.map((verdict) =>
        verdict.kind === 'done' || verdict.kind === 'revoked' || verdict.kind === 'dead' || verdict.kind === 'expired'
          ? { kind: 'granted', attempt: 1 }
          : verdict,
      );
    },
    settle: async (tube, holder, requests) => {
      await store.settle(tube, holder, requests);
      return requests.map(() => true);
    },
  })),

  /** What is given back keeps its claim, as if it had been run. */
  'keeps-claims': claims((store) => ({
    settle: (tube, holder, requests) =>
      store.settle(
        tube,
        holder,
        requests.map((request) =>
          request.outcome.kind === 'again' ? { ...request, outcome: { ...request.outcome, counts: true } } : request,
        ),
      ),
  })),

  /** A store that has refused once is not asked again whether it does now. */
  'never-asks-again': claims((store) => {
    let refused = false;
    return {
      claim: (tube, holder, requests) =>
        store.claim(tube, holder, requests).catch((error: unknown) => {
          refused ||= error instanceof Error && error.message.includes('NOPERM');
          throw error;
        }),
      ping: (tube) => (refused ? new Promise<never>(() => undefined) : store.ping(tube)),
    };
  }),

  /** The store takes everybody's word for it that a job is due; only the consumer's clock is asked. */
  'no-early-guard': asking(({ key, takeover, dueMs }) => ({ key, takeover, dueMs: dueMs - 2 * HOUR_MS })),

  /** Whatever lost its key while it waited runs all the same, once, when a copy of it is met. */
  'no-key-tombstone': claims((store) => {
    const ran = new Set<string>();
    return {
      claim: async (tube, holder, requests) => {
        const verdicts = await store.claim(tube, holder, requests);
        return verdicts.map((verdict, at) => {
          const { key = '', slot } = requests[at] ?? {};
          if (verdict.kind !== 'revoked' || slot === undefined || ran.has(key)) return verdict;
          ran.add(key);
          return { kind: 'granted', attempt: 1 };
        });
      },
    };
  }),

  /** Leases are not renewed: a handler that takes longer loses its job. */
  'no-renewal': claims(() => ({ renew: (_tube, _holder, requests) => Promise.resolve(requests.map(() => true)) })),

  /** A revoke deletes the copies that it can reach, and nothing keeps the others from running. */
  'no-tombstone': claims(() => ({ revoke: () => Promise.resolve('revoked') })),

  /** A job counts as done as soon as it is claimed, whatever becomes of its run. */
  'settles-first': claims((store) => ({
    claim: async (tube, holder, requests) => {
      const verdicts = await store.claim(tube, holder, requests);
      const granted = requests.flatMap(({ key }, at) => {
        const verdict = verdicts[at];
        return verdict?.kind === 'granted' ? [{ key, attempt: verdict.attempt, outcome: DONE, copies: 0 }] : [];
      });
      if (granted.length > 0) await store.settle(tube, holder, granted);
      return verdicts;
    },
  })),

  /** An id is free for everybody who asks, and written whatever became of the job that has it. */
  'takes-any-id': claims(() => ({
    admit: (_tube, requests) => Promise.resolve(requests.map(() => ({ kind: 'admitted' }))),
    conclude: (_tube, requests) => Promise.resolve(requests.map(() => true)),
  })),

  /** A claim that cannot be asked for counts as somebody else's, so its copy is deleted. */
  'takes-silence-for-no': claims((store) => ({
    claim: (tube, holder, requests) =>
      store.claim(tube, holder, requests).catch(() => requests.map(() => ({ kind: 'foreign' }))),
  })),

  /** A revoke that Redis does not answer is never answered either. */
  'waits-for-ever': claims((store) => ({
    revoke: (tube, request) => store.revoke(tube, request).catch(() => new Promise<never>(() => undefined)),
  })),
} as const satisfies Readonly<Record<string, Sabotage>>;
