import { describe, expect, it } from '@jest/globals';
import { readFault } from '../../../lib/core/redis/redis-fault.js';

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
