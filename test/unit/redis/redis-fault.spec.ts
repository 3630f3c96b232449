import { describe, expect, it } from '@jest/globals';
import { isSplit, readFault } from '../../../lib/core/redis/redis-fault.js';

describe('what an error of ioredis says', () => {
  it.each([
    [
      'WRONGPASS invalid username-password pair or user is disabled.',
      'WRONGPASS invalid username-password pair or user is disabled',
    ],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'],
    ['Unknown RESP type 72 "H". Please report this.', 'what answers is not a Redis: Unknown RESP type 72 "H"'],
    [
      'Protocol error, got "H" as reply type byte. Please report this.',
      'what answers is not a Redis: Protocol error, got "H" as reply type byte',
    ],
  ])('%s', (message, text) => {
    expect(readFault(new Error(message)).text).toBe(text);
  });
});

describe('what ioredis gave up to ask of a Cluster', () => {
  const givenUp = (last: string): Error => new Error(`Too many Cluster redirections. Last error: ${last}`);

  it('is what the Cluster said last', () => {
    const down = givenUp('ReplyError: CLUSTERDOWN The cluster is down');
    expect(readFault(down)).toMatchObject({
      kind: 'CLUSTERDOWN',
      text: 'CLUSTERDOWN The cluster is down',
      advice: expect.stringContaining('bring it back'),
    });
    expect(readFault(givenUp('Error: Connection is closed.')).text).toBe('Connection is closed');
    for (const last of ['ReplyError: CLUSTERDOWN The cluster is down', 'Error: Connection is closed.'])
      expect(isSplit(givenUp(last))).toBe(false);
  });

  it('does not come to mean that it is a node alone, or to be asked of each key, but where its nodes sent it to one another', () => {
    for (const last of ['MOVED 1 10.0.0.1:7000', 'ASK 1 10.0.0.1:7000']) {
      const error = givenUp(`ReplyError: ${last}`);
      expect(isSplit(error)).toBe(true);
      expect(readFault(error)).toMatchObject({ kind: 'network', text: error.message });
    }
    expect(isSplit(givenUp('ReplyError: TRYAGAIN Multiple keys request'))).toBe(true);
  });
});
