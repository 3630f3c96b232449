import { expect, it } from '@jest/globals';
import { RedisKeyClaims } from '../../../lib/core/redis/redis-key-claims.js';
import type { RedisParts } from '../../../lib/core/redis/redis-parts.js';
import type { SendScript } from '../../../lib/core/redis/redis-scripts.js';
import { ManualClock } from '../../support/manual-clock.js';

it('what a Cluster sends from node to node may have no master, as well as be on the move', async () => {
  const last = 'Too many Cluster redirections. Last error: ReplyError: MOVED 1 10.0.0.1:7000';
  const send: SendScript = () => Promise.reject(new Error(last));
  const parts = {
    connection: { isCluster: true, deadline: 50 },
    scripts: { together: (_name: string, ask: (send: SendScript) => Promise<unknown>) => ask(send) },
    memory: { asked: () => undefined },
    keeps: { keepMs: 1 },
    clock: new ManualClock(),
  } as unknown as RedisParts;
  await expect(new RedisKeyClaims(parts).cancelKey('tube', 'slot')).rejects.toThrow(/or has no master for it now/);
});
