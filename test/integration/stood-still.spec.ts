// A process whose event loop stood still while its nodes answered.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { DqHandleError } from '../../lib/core/errors/argument.errors.js';
import { testBed } from '../support/test-bed.js';
import { standStill } from '../support/wait.js';

const bed = testBed();

describe('a write while the event loop stood still', () => {
  it('asks no other node: those that it asked have answered long since', async () => {
    const { producer } = bed.idle({ copies: 2 });
    // Each job goes to two of the nodes by chance; a node that none has gone to is not connected to yet.
    while ((await bed.copiesOnEach()).some(({ delayed }) => delayed === 0)) await producer.delay('warm', '1h');
    await bed.wipe();
    const writing = producer.delay('x', '1h');
    await nextTurn();
    standStill(200);
    expect((await writing).split(',').slice(0, -1)).toHaveLength(2);
    const counts = await Promise.all(bed.cluster.nodes.map((node) => bed.copies(node)));
    expect(counts.reduce((sum, { delayed }) => sum + delayed, 0)).toBe(2);
    await bed.wipe();
  });
});

describe('a revoke while the event loop stood still', () => {
  it('hears what its nodes have shown before it decides without them', async () => {
    const { producer } = bed.idle();
    const handle = await producer.delay('x', '1h');
    const cut = producer.revoke(handle.slice(0, -1));
    const refused = expect(cut).rejects.toThrow(DqHandleError);
    await nextTurn();
    standStill(500);
    await refused;
    expect(await bed.claims()).toEqual([]);
    expect(await producer.revoke(handle)).toBe('revoked');
  });
});
