import { describe, expect, it } from '@jest/globals';
import { DqOptionsError, DqPriorityError } from '../../../lib/core/errors/argument.errors.js';
import { resolveHandler, resolveTube } from '../../../lib/core/options/resolve-tube.js';
import type { DqCodec } from '../../../lib/core/wire/codec.js';
import { thrownBy } from '../../support/dq-options.js';

const codec: DqCodec = { encode: () => '', decode: () => undefined };

function refusal(own: Readonly<Record<string, unknown>>): Error {
  return thrownBy(() => resolveTube({ name: 'orders', ...own })) as Error;
}

describe('settings of a tube', () => {
  it('are its own, then the defaults of the module, then those of the package', () => {
    const settings = resolveTube(
      { name: 'orders', attempts: 7, ttr: '10s' },
      { attempts: 2, concurrency: 4, format: 'plain', codec, priority: 'low', lease: '5s', timeout: '1m' },
    );
    expect(settings).toMatchObject({
      name: 'orders',
      attempts: 7,
      ttrSeconds: 10,
      concurrency: 4,
      format: 'plain',
      codec,
      priority: 'low',
      leaseMs: 5_000,
      timeoutMs: 60_000,
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('are not taken from an own option that is undefined', () => {
    expect(resolveTube({ name: 'orders', attempts: undefined }, { attempts: 2 }).attempts).toBe(2);
  });

  it('have a time to run in whole seconds, rounded up', () => {
    expect(resolveTube({ name: 'orders', ttr: 5_001 }).ttrSeconds).toBe(6);
    expect(resolveTube({ name: 'orders', ttr: '1m' }).ttrSeconds).toBe(60);
  });

  it.each([
    ['attempt', 'Did you mean attempts?'],
    ['Concurrency', 'Did you mean concurrency?'],
    ['ttl', 'Did you mean ttr?'],
    ['retries', 'Is it misspelt?'],
    ['consume', 'It belongs to the options of DqModule.'],
  ])('are refused with %s, and say: %s', (key, advice) => {
    const { message } = refusal({ [key]: 1 });
    expect(message).toMatch(/^Expected tube "orders" to have only name, concurrency, .*, got /);
    expect(message.endsWith(`, got the string "${key}". ${advice}`)).toBe(true);
  });

  it.each([
    ['concurency', 'Did you mean concurrency?'],
    ['shutdownDeadline', 'It belongs to the options of DqModule.'],
    ['ttr', 'It belongs to a tube or defaults.'],
  ])('are refused for a handler with %s, and say: %s', (key, advice) => {
    const wrong = () => resolveHandler(resolveTube('orders'), { [key]: 1 }, 'Jobs.run');
    expect(wrong).toThrow(
      `Expected the options of Jobs.run to have only concurrency, attempts, backoff, timeout, lease, got the string "${key}". ${advice}`,
    );
  });

  it.each([
    ['concurrency', 100_000],
    ['attempts', 1_000_000],
  ])('are refused when %s is not from 1 to %d', (key, most) => {
    for (const value of [0, -1, 1.5, NaN, Infinity, '5', most + 1, [], true]) {
      const error = refusal({ [key]: value });
      expect(error).toBeInstanceOf(DqOptionsError);
      expect(error.message).toMatch(`Expected ${key} of tube "orders" to be a whole number from 1 to ${most}, got `);
    }
    expect(resolveTube({ name: 'orders', [key]: most })).toMatchObject({ [key]: most });
  });

  it.each([
    ['ttr', 5_000],
    ['lease', 1_000],
    ['timeout', 1],
  ])('are refused when %s is no duration of at least %d ms', (key, least) => {
    for (const value of [least - 1, -1, NaN, Infinity, 'soon', '', '200y', [], {}, true]) {
      const error = refusal({ [key]: value });
      expect(error).toBeInstanceOf(DqOptionsError);
      expect(error.message).toContain(`Expected ${key} of tube "orders" to be a duration of at least ${least} ms`);
    }
    expect(() => resolveTube({ name: 'orders', [key]: least })).not.toThrow();
  });

  it.each(['Plain', 'go', '', 1, {}])('are refused when format is %p', (format) => {
    expect(refusal({ format }).message).toMatch(/^Expected format of tube "orders" to be 'native' or 'plain', got /);
  });

  it.each(['JSON', 'msgpack', {}, { encode: () => '' }, { decode: () => '' }, 5, () => ''])(
    'are refused when codec is %p',
    (wrong) => {
      expect(refusal({ codec: wrong }).message).toMatch(
        /^Expected codec of tube "orders" to be 'json'.* or an object with encode and decode, got /,
      );
    },
  );

  it('have the time of an expiry in milliseconds', () => {
    const { expires } = resolveTube({ name: 'orders', expires: { after: '1h', action: 'bury' } });
    expect(expires).toEqual({ afterMs: 3_600_000, action: 'bury' });
  });

  it.each<[string, unknown]>([
    ['', 5],
    ['', null],
    ['', []],
    ['action in ', { after: '1h' }],
    ['action in ', { after: '1h', action: 'drop' }],
    ['after in ', { action: 'skip' }],
    ['after in ', { after: 0, action: 'skip' }],
    ['after in ', { after: -1, action: 'skip' }],
    ['after in ', { after: NaN, action: 'skip' }],
    ['after in ', { after: 'soon', action: 'skip' }],
    ['', { after: '1h', action: 'skip', afterr: 1 }],
  ])('are refused for the %sexpires %j', (part, expires) => {
    const error = refusal({ expires });
    expect(error).toBeInstanceOf(DqOptionsError);
    expect(error.message.startsWith(`Expected ${part}expires of tube "orders" to `)).toBe(true);
  });

  it.each(['urgent', '', 0, {}])('are refused when priority is %p', (priority) => {
    expect(refusal({ priority })).toBeInstanceOf(DqPriorityError);
  });
});

describe('settings of a handler', () => {
  const tube = resolveTube({ name: 'orders', attempts: 7, concurrency: 4, timeout: '1m', lease: '5s' });

  it("are its own over its tube's", () => {
    expect(resolveHandler(tube, { concurrency: 20 }, 'OrderJobs.run')).toMatchObject({
      name: 'orders',
      concurrency: 20,
      attempts: 7,
      timeoutMs: 60_000,
      leaseMs: 5_000,
    });
    const { backoff } = resolveHandler(tube, { backoff: { type: 'fixed', delay: 9 } }, 'OrderJobs.run');
    expect(backoff(1, undefined, () => 0)).toBe(9);
    expect(tube.backoff(1, undefined, () => 0)).toBe(1_000);
  });

  it("are its tube's where the handler says nothing", () => {
    expect(resolveHandler(tube, {}, 'OrderJobs.run')).toEqual(tube);
    expect(resolveHandler(tube, { attempts: undefined, timeout: undefined }, 'OrderJobs.run')).toEqual(tube);
    expect(Object.isFrozen(resolveHandler(tube, {}, 'OrderJobs.run'))).toBe(true);
  });

  it('are refused under the name of the method', () => {
    const wrong: readonly Readonly<Record<string, unknown>>[] = [
      { concurrency: 0 },
      { attempts: 1.5 },
      { timeout: -1 },
      { lease: 10 },
      { backoff: 5 },
      { format: 'plain' },
      { name: 'mails' },
    ];
    for (const own of wrong) {
      const error = thrownBy(() => resolveHandler(tube, own, 'OrderJobs.run')) as Error;
      expect(error).toBeInstanceOf(DqOptionsError);
      expect(error.message).toContain('OrderJobs.run');
    }
  });
});
