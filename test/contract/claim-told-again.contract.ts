// What a holder tells a store again that has lost what it was told.
import { describe, expect, it } from '@jest/globals';
import type { SettleAnswer, SettleOutcome } from '../../lib/core/claims/claim-store.js';
import {
  A,
  again,
  B,
  claim,
  type ClaimLab,
  DEAD,
  DONE,
  RETENTION_MS,
  renew,
  settle,
  type State,
  TUBE,
} from './claim-lab.js';

/** Whether one who tells a store again what it has lost is believed over what is there. */
const BELIEVED: readonly (readonly [State, boolean])[] = [
  ['none', true],
  ['running here', true],
  ['run here, lease over', true],
  ['run elsewhere, lease over', true],
  ['waiting', true],
  ['waited enough', true],
  ['running elsewhere', false],
  ['dead', false],
  ['done', false],
  ['revoked', false],
  ['foreign', false],
  ['moved', true],
  ['moved, and due', true],
  // Its commit is among what was lost.
  ['being written', true],
  ['left while it was written', true],
];

export function toldAgainRules(lab: ClaimLab): void {
  describe('an end that is told again', () => {
    const tell = async (key: string, outcome: SettleOutcome, attempt = 2): Promise<SettleAnswer> => {
      const [told] = await lab.store.settle(TUBE, A, [{ key, attempt, outcome, copies: 3, toldAgain: true }]);
      return told!;
    };

    it.each(BELIEVED)('stands over a job that is %s: %s', async (state, expected) => {
      for (const outcome of [DONE, DEAD]) {
        const again = await lab.inState(state);
        expect(await tell(again, outcome)).toBe(expected);
        // A lost reply costs nothing.
        if (expected) {
          expect(await tell(again, outcome)).toBe(true);
          expect(await claim(lab.other, B, again)).toEqual({ kind: outcome.kind });
          expect(await lab.fixture.keeps(again)).toBeGreaterThan(RETENTION_MS);
        }
      }
    });

    it('does not take back that a dead letter was revived; one that was done stands over that, too', async () => {
      const [first, second] = [await lab.inState('dead'), await lab.inState('dead')];
      await lab.store.resolveDead(TUBE, [first, second], 'retry');
      expect(await tell(first, DEAD, 1)).toBe(false);
      expect(await claim(lab.other, A, first)).toMatchObject({ kind: 'granted', revived: true });
      expect(await tell(second, DONE, 1)).toBe(true);
    });
  });

  describe('a lease that is renewed again', () => {
    const renewAgain = async (key: string, attempt: number): Promise<boolean> => {
      const [renewed] = await lab.store.renew(TUBE, A, [{ key, attempt, toldAgain: true }]);
      return renewed!;
    };

    it.each(BELIEVED)(
      'of a later attempt, told again to a store that is left with one that is %s: %s',
      async (state, expected) => {
        const key = await lab.inState(state);
        // The control: without a loss it is not believed.
        if (state !== 'none') expect(await renew(lab.store, A, key, 2)).toBe(false);
        expect(await renewAgain(key, 2)).toBe(expected);
        if (expected) expect(await settle(lab.store, A, key, 2, DONE)).toBe(true);
      },
    );

    it('keeps when its handler last asked to run again, as far as the store knows', async () => {
      const key = await lab.inState('none');
      await claim(lab.store, B, key);
      const asked = { ...again(60_000, false), asked: true } as const;
      await settle(lab.store, B, key, 1, asked);
      expect(await renewAgain(key, 1)).toBe(true);
      await settle(lab.store, A, key, 1, again(0));
      expect(await claim(lab.store, B, key)).toEqual({ kind: 'granted', attempt: 2, askedMs: expect.any(Number) });
    });

    it('told again is refused where a later attempt was made since, or the dead letter was revived', async () => {
      const later = await lab.inState('run elsewhere, lease over');
      expect(await claim(lab.other, B, later)).toMatchObject({ kind: 'granted' });
      expect(await renewAgain(later, 1)).toBe(false);
      const revived = await lab.inState('dead');
      await lab.store.resolveDead(TUBE, [revived], 'retry');
      expect(await renewAgain(revived, 2)).toBe(false);
    });
  });
}
