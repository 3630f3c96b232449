import { describe, expect, it } from '@jest/globals';
import { RedisMemory } from '../../../lib/core/redis/redis-memory.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('what Redis remembers', () => {
  it('is in doubt until a look has found out, also when one has failed', async () => {
    const clock = new ManualClock();
    let away = false;
    const nothing = (): void => {};
    const connection = { epoch: 1, deadline: 1, askNoInfo: nothing, tell: nothing, tryBy: nothing, warn: nothing };
    const send = async (): Promise<unknown> => {
      await Promise.resolve();
      if (away) throw new Error('away');
      return [clock.now(), 'word', 0, 0];
    };
    const memory = new RedisMemory(connection, { together: (_name, ask) => ask(send) }, clock);
    const look = () => memory.look('orders');
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
