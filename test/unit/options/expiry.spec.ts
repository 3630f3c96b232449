import { describe, expect, it } from '@jest/globals';
import { DqBodyError, DqOptionsError } from '../../../lib/core/errors/argument.errors.js';
import { resolveExpiry } from '../../../lib/core/options/expiry.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { decodeEnvelope, nativePrefix } from '../../../lib/core/wire/envelope.js';

const REFUSED: readonly (readonly [string, unknown])[] = [
  ['a number', 5],
  ['null', null],
  ['a list', []],
  ['no action', { after: '1h' }],
  ['an unknown action', { after: '1h', action: 'drop' }],
  ['no time', { action: 'skip' }],
  ['a time of 0', { after: 0, action: 'skip' }],
  ['a negative time', { after: -1, action: 'skip' }],
  ['a time of NaN', { after: NaN, action: 'skip' }],
  ['a time that is no duration', { after: 'soon', action: 'skip' }],
  ['a misspelt key', { after: '1h', action: 'skip', afterr: 1 }],
];

describe('expiry', () => {
  it('is read with its time in milliseconds', () => {
    expect(resolveExpiry({ after: '1h', action: 'bury' }, 'expires')).toEqual({ afterMs: 3_600_000, action: 'bury' });
    expect(resolveExpiry(undefined, 'expires')).toBeUndefined();
    expect(resolveTube({ name: 'orders', expires: { after: 1, action: 'skip' } }).expires).toEqual({
      afterMs: 1,
      action: 'skip',
    });
  });

  it.each(REFUSED)('is refused with %s', (_what, expires) => {
    expect(() => resolveExpiry(expires as never, 'expires')).toThrow(DqOptionsError);
    expect(() => resolveTube({ name: 'orders', expires: expires as never })).toThrow(/expires of tube "orders"/);
  });

  it('names the part of it that is refused', () => {
    const refused = (expires: unknown) => () => resolveExpiry(expires as never, 'expires of a job');
    expect(refused({ after: '1h', action: 'drop' })).toThrow('Expected action in expires of a job to be ');
    expect(refused({ after: 'soon', action: 'skip' })).toThrow('Expected after in expires of a job to be ');
  });

  it('travels in the header of a job', () => {
    const expires = { afterMs: 60_000, action: 'run' as const };
    const body = Buffer.from(`${nativePrefix(1_767_225_600_000, 'a', 3, undefined, { expires })}x`);
    expect(decodeEnvelope(body)).toMatchObject({ header: { expires } });
  });

  it.each([
    5,
    null,
    [],
    {},
    { afterMs: 0, action: 'run' },
    { afterMs: '5', action: 'run' },
    { afterMs: 5, action: 'x' },
  ])('is not understood as %j in a header', (expires) => {
    const header = { expires } as never;
    const body = Buffer.from(`${nativePrefix(1_767_225_600_000, 'a', 3, undefined, header)}x`);
    expect(() => decodeEnvelope(body)).toThrow(DqBodyError);
  });
});
