import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { nearestName } from '../../../lib/core/errors/nearest-name.js';

const NAMES = ['concurrency', 'attempts', 'backoff', 'ttr', 'max', 'maxBodyBytes', 'id'];

describe('the nearest name', () => {
  it.each([
    ['a letter left out', 'concurency', 'concurrency'],
    ['a letter too many', 'backofff', 'backoff'],
    ['another letter', 'attempta', 'attempts'],
    ['two letters that changed places', 'atetmpts', 'attempts'],
    ['another case', 'ID', 'id'],
    ['one letter of three', 'ttl', 'ttr'],
    ['the beginning alone', 'concur', 'concurrency'],
    ['something behind it', 'backoffDelay', 'backoff'],
    ['fewer mistakes where two are near', 'mox', 'max'],
  ])('is found with %s', (_what, given, name) => {
    expect(nearestName(given, NAMES)).toBe(name);
  });

  it.each(['', 'x', 'it', 'tt', 'retries', 'timeout', 'minimum of all', '__proto__'])('is none for "%s"', (given) => {
    expect(nearestName(given, NAMES)).toBeUndefined();
  });

  it('is the name itself when it is there, whatever stands beside it', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (names) => {
        const lower = names.map((name) => name.toLowerCase());
        const [given] = lower as [string];
        expect(nearestName(given, lower)).toBe(given);
      }),
    );
  });
});
