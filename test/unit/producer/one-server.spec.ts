// What a caller hears when the nodes are fewer servers than they look.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DqQuorumError } from '../../../lib/core/errors/quorum.error.js';
import { ProducerBed } from './producer-bed.js';

const NAMES = ['localhost:11300', '127.0.0.1:11300'];
let bed: ProducerBed;

beforeEach(() => {
  bed = new ProducerBed({ beanstalks: NAMES });
  for (const stub of bed.stubs) stub.serverId = '5cf1';
});

async function refused(): Promise<DqQuorumError> {
  const error = await bed.refusal(bed.producer().delay('x', '1m'));
  expect(error).toBeInstanceOf(DqQuorumError);
  return error as DqQuorumError;
}

describe('a job for two names of one server', () => {
  it('is taken back when it was written under both before that was known', async () => {
    const error = await refused();
    expect(error.fate).toBe('withdrawn');
    expect(error.nodes).toEqual([
      { endpoint: NAMES[0], outcome: 'withdrawn', reason: 'INSERTED, then deleted' },
      {
        endpoint: NAMES[1],
        outcome: 'withdrawn',
        reason: `INSERTED, then deleted; it is one server with ${NAMES[0]}, name each once`,
      },
    ]);
    expect(bed.stubs.map((stub) => stub.named('delete').length)).toEqual([1, 1]);
  });

  it('is not written under the second from then on, and the error says why', async () => {
    await refused();
    const error = await refused();
    expect(error.nodes[1]).toEqual({
      endpoint: NAMES[1],
      outcome: 'refused',
      reason: `not asked: it is one server with ${NAMES[0]}, name each once`,
    });
    expect(error.message).toContain(error.nodes[1]?.reason);
    expect(bed.stubs.map((stub) => stub.puts.length)).toEqual([2, 1]);
  });

  it('is written when the names are those of two servers (control)', async () => {
    bed.stub(2).serverId = 'a0b2';
    const handle = await bed.settled(bed.producer().delay('x', '1m'));
    for (const name of NAMES) expect(handle).toContain(name);
    expect(bed.events).toEqual([]);
  });
});
