import { type Sabotage, table } from './sabotage.js';

/** Protections of keys inside Redis, as the simulation has it. */
export const keyTableSabotages = {
  /** A call whose commit did not come is taken back in place of being rolled forward: it may have been acknowledged. */
  'rolls-back': table((claims) => ({
    commitKey: (tube, request) => {
      if (request.reserved !== undefined) return claims.commitKey(tube, request);
      claims.takeBack(tube, request);
      return { kind: 'superseded', standing: undefined };
    },
  })),

  /** What waits under a key is revoked as soon as another is to be written, which may fail. */
  'tombstones-first': table((claims) => ({
    reserveKey: (tube, request) => {
      const { slot } = request;
      const standing = claims.findKey(tube, slot);
      const reservation = claims.reserveKey(tube, request);
      if (reservation.kind === 'reserved' && standing !== undefined && standing.state !== 'running')
        claims.takeBack(tube, { slot, ...standing });
      return reservation;
    },
  })),

  /** A key is not free when its job is over: it names that one until another takes it. */
  'key-kept': table((claims) => ({
    settle: (holder, request, goodUntil, log) => {
      const { slot, outcome, ...rest } = request;
      const isOver = outcome.kind !== 'again' || slot === undefined;
      return claims.settle(holder, isOver ? { ...rest, outcome } : request, goodUntil, log);
    },
  })),

  /** A job that lost its key while it ran is run again when its consumer dies. */
  'takeover-ignores-mark': table((claims) => ({
    claim: (holder, { slot: _slot, ...request }, goodUntil, takeoverUntil) =>
      claims.claim(holder, request, goodUntil, takeoverUntil),
  })),
} as const satisfies Readonly<Record<string, Sabotage>>;
