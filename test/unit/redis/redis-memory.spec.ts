import { describe, expect, it } from '@jest/globals';
import { StoreClock } from '../../../lib/core/claims/store-clock.js';
import { RedisMemory } from '../../../lib/core/redis/redis-memory.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('what Redis remembers', () => {
  it('is in doubt until a look has found out, also when one has failed', async () => {
    const clock = new ManualClock();
    let away = false;
    const connection = { epoch: 1, askNoInfo: () => {}, tell: () => {}, warn: () => {} };
    const callLate = async (_name: string, _keys: number, parameters: () => readonly unknown[]): Promise<unknown> => {
      parameters();
      await Promise.resolve();
      if (away) throw new Error('away');
      return [clock.now(), 'word', 0, 0];
    };
    const memory = new RedisMemory(connection, { callLate }, clock);
    const look = () => memory.look('orders', new StoreClock(clock));
    await look();
    expect(memory.mark('orders')).toMatchObject({ word: 'word' });
    memory.doubt('orders');
    away = true;
    await expect(look()).rejects.toThrow('away');
    expect(memory.mark('orders')).toBeUndefined();
    away = false;
    await look();
    expect(memory.mark('orders')).toMatchObject({ word: 'word' });
  });
});
