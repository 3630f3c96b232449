// Paused tubes in a Redis Cluster, where a script is given keys of one slot alone, and a slot may be on the move.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import { generationKey } from '../../lib/core/claims/claim-key.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { A, asking, newKey, newPlainKey, RETENTION_MS, TUBE } from '../contract/claim-lab.js';
import { slotBed } from '../support/slot-bed.js';

const PAUSED = { kind: 'paused' };
const GRANTED = { kind: 'granted', attempt: 1 };
const FOR_GOOD = { forMs: undefined, reason: 'moving' };
const WAYS = {
  native: newKey,
  "with a caller's own id": () => generationKey(newKey(), 'g'),
  plain: newPlainKey,
} as const;
type Way = keyof typeof WAYS;
const EVERY_WAY = Object.keys(WAYS) as readonly Way[];

let connection: RedisConnection;
let store: RedisClaimStore;

afterEach(() => store.close());
const bed = slotBed();
beforeEach(async () => {
  connection = new RedisConnection(bed.source, 3_000, systemClock, () => undefined);
  store = new RedisClaimStore(connection, RETENTION_MS, systemClock);
  await store.ping(TUBE);
});

const newKeys = (way: Way): readonly string[] => [1, 2, 3].map(() => WAYS[way]());
const claimAll = (keys: readonly string[]) =>
  store.claim(
    TUBE,
    A,
    keys.map((key) => asking(key)),
  );
const all = <T>(keys: readonly string[], verdict: T): readonly T[] => keys.map(() => verdict);
const claims = async (): Promise<readonly string[]> =>
  (await bed.masters.claims()).map(({ value }) => value).filter((value) => value.startsWith('dq1:R'));

describe('a paused tube in a Redis Cluster', () => {
  it.each(EVERY_WAY)('grants no claim that is %s, and all once it is resumed', async (way) => {
    const keys = newKeys(way);
    const known = await store.pauses.pause(TUBE, FOR_GOOD);
    expect(await store.pauses.look(TUBE)).toEqual(known);
    expect(await claimAll(keys)).toEqual(all(keys, PAUSED));
    expect(await claims()).toEqual([]);
    expect(await store.pauses.resume(TUBE)).toBe(true);
    expect(await claimAll(keys)).toEqual(all(keys, GRANTED));
  });

  it.each(EVERY_WAY)('grants no claim that is %s while its slot is on the move', async (way) => {
    const [keys, taken] = [newKeys(way), newKeys(way)];
    await claimAll(taken);
    const known = await store.pauses.pause(TUBE, FOR_GOOD);
    const move = await bed.beginMove(TUBE);
    // Some of what a script is given is here, and some there: first the claims go alone, then the pause does too.
    for (const wanted of ['}:', '#pause', '#']) {
      await move.moveKeys((key) => key.includes(wanted));
      expect(await claimAll([...keys, ...taken])).toEqual(all([...keys, ...taken], PAUSED));
      expect(await store.pauses.look(TUBE)).toEqual(known);
    }
    expect(await claims()).toHaveLength(taken.length);
    expect(await store.pauses.resume(TUBE)).toBe(true);
    expect(await claimAll([...keys, ...taken])).toEqual(all([...keys, ...taken], GRANTED));
    // The control: it could be paused there, and resumed.
    await store.pauses.pause(TUBE, FOR_GOOD);
    expect(await claimAll(keys)).toEqual(all(keys, PAUSED));
    await move.finish();
    expect(await claimAll(keys)).toEqual(all(keys, PAUSED));
    expect(await store.pauses.resume(TUBE)).toBe(true);
    expect(await claimAll(keys)).toEqual(all(keys, GRANTED));
  });

  it('is asked for once a call where its claims are plain, before the first of them is sent, and else never', async () => {
    const asked = jest.spyOn(connection.client, 'get');
    await claimAll(newKeys('native'));
    expect(asked).toHaveBeenCalledTimes(0);
    await claimAll(newKeys('plain'));
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('grants no plain claim where it cannot be asked whether it is paused', async () => {
    const keys = newKeys('plain');
    await store.pauses.pause(TUBE, FOR_GOOD);
    const master = await bed.masters.masterOf(TUBE);
    await bed.masters.pause(master);
    const [claimed] = await Promise.allSettled([claimAll(keys)]);
    bed.masters.resume(master);
    expect(claimed).toMatchObject({ status: 'rejected', reason: { code: 'DQ_CLAIM_STORE' } });
    expect(await claims()).toEqual([]);
  });
});
