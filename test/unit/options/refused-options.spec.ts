import { describe, expect, it } from '@jest/globals';
import { DqEndpointError, DqOptionsError, DqTubeNameError } from '../../../lib/core/errors/argument.errors.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { thrownBy, wrongOptions } from '../../support/dq-options.js';

const WHOLE_NUMBERS_REFUSED = [NaN, Infinity, -Infinity, -1, 0, 1.5, '3', 2 ** 53, true, [], {}, 3n];
const DURATIONS_REFUSED = [NaN, Infinity, -1, 'soon', '', '5000', '5S', '-1s', '200y', 2 ** 53, true, [], {}, 3n];

function refusal(overrides: Readonly<Record<string, unknown>>): Error {
  return thrownBy(() => resolveOptions(wrongOptions(overrides))) as Error;
}

describe('options of the module', () => {
  it('are refused as a whole when they are no object', () => {
    for (const options of [undefined, null, 'redis://x', 7, []]) {
      expect(() => resolveOptions(options as never)).toThrow(DqOptionsError);
    }
  });

  it.each([
    ['beanstalk', 'Did you mean beanstalks?'],
    ['Beanstalks', 'Did you mean beanstalks?'],
    ['minwrites', 'Did you mean minWrites?'],
    ['redisUrl', 'Did you mean redis?'],
    ['copy', 'Is it misspelt?'],
    ['__proto', 'Is it misspelt?'],
    ['timeout', 'It belongs to a tube, defaults, or @DqHandler.'],
    ['concurency', 'Did you mean concurrency? That belongs to a tube, defaults, or @DqHandler.'],
    ['file', 'It belongs to embedded.'],
    ['isGlobal', 'It belongs to what DqModule.forRoot or forRootAsync itself takes.'],
    ['tube', 'Did you mean tubes? tube itself belongs to the first argument of @DqHandler or a node of beanstalks.'],
  ])('are refused with %s, and say: %s', (key, advice) => {
    const error = refusal({ [key]: 1 });
    expect(error).toBeInstanceOf(DqOptionsError);
    expect(error.message.endsWith(`, got the string "${key}". ${advice}`)).toBe(true);
  });

  it('are refused with path where the file of an embedded queue is meant', () => {
    const embedded = () => resolveOptions({ embedded: { path: '/tmp/jobs' } } as never);
    expect(embedded).toThrow('Expected embedded to have only file, got the string "path". Did you mean file?');
  });

  it('are listed in full by their error', () => {
    expect(refusal({ x: 1 }).message).toContain(
      'to have only beanstalks, redis, embedded, tubes, defaults, consume, copies, minWrites, commandDeadline, shutdownDeadline, ' +
        'retention, doneRetention, maxBodyBytes, logger, enhancers, context, onEvent, got',
    );
  });

  it.each(['copies', 'minWrites', 'maxBodyBytes'])('are refused when %s is no whole number in its range', (key) => {
    for (const value of WHOLE_NUMBERS_REFUSED) {
      const error = refusal({ [key]: value });
      expect(error).toBeInstanceOf(DqOptionsError);
      expect(error.message).toMatch(new RegExp(`^Expected ${key} to be a whole number from \\d+ to \\d+, got .+\\.$`));
    }
  });

  it('are refused when there are more copies than nodes, or more writes than copies', () => {
    expect(refusal({ copies: 4 }).message).toBe('Expected copies to be a whole number from 1 to 3, got the number 4.');
    expect(refusal({ copies: 2, minWrites: 3 }).message).toBe(
      'Expected minWrites to be a whole number from 1 to 2, got the number 3.',
    );
    expect(refusal({ copies: 1, minWrites: 2 })).toBeInstanceOf(DqOptionsError);
  });

  it('are refused when bodies are too small for a header or larger than beanstalkd can be told', () => {
    expect(refusal({ maxBodyBytes: 255 })).toBeInstanceOf(DqOptionsError);
    expect(refusal({ maxBodyBytes: 2 ** 30 + 1 })).toBeInstanceOf(DqOptionsError);
    expect(resolveOptions(wrongOptions({ maxBodyBytes: 2 ** 30 })).maxBodyBytes).toBe(2 ** 30);
  });

  it.each([
    ['commandDeadline', 100],
    ['shutdownDeadline', 0],
    ['retention', 1_000],
    ['doneRetention', 1_000],
  ])('are refused when %s is no duration of at least %d ms', (key, least) => {
    const below = least === 0 ? [] : [least - 1, 0];
    for (const value of [...DURATIONS_REFUSED, ...below]) {
      const error = refusal({ [key]: value });
      expect(error).toBeInstanceOf(DqOptionsError);
      expect(error.message).toContain(`Expected ${key} to be a duration of at least ${least} ms, such as '30s'`);
    }
    expect(() => resolveOptions(wrongOptions({ [key]: least }))).not.toThrow();
  });

  it('are refused when the URL of Redis has a prefix for keys, without showing it', () => {
    const { message } = refusal({ redis: 'redis://:secret@host:6379/0?keyPrefix=shop:' });
    expect(message).toMatch(/^Expected a Redis URL without keyPrefix/);
    expect(message).not.toContain('secret');
  });

  it.each([5, 'log', {}, null, true])('are refused when onEvent is %p', (onEvent) => {
    expect(refusal({ onEvent }).message).toMatch(/^Expected onEvent to be a function, got /);
  });

  it.each([5, 'orders', {}, null])('are refused when consume is %p', (consume) => {
    expect(refusal({ consume }).message).toMatch(/^Expected consume to be true, false or a list of tubes, got /);
  });

  it('are refused when consume lists what is no tube', () => {
    expect(refusal({ consume: ['orders', 5] })).toBeInstanceOf(DqTubeNameError);
    expect(refusal({ consume: ['a/b'] })).toBeInstanceOf(DqTubeNameError);
  });

  it.each([undefined, null, 5, '', 'localhost:6379', 'http://x', ['redis://x'], true])(
    'are refused when redis is %p',
    (redis) => {
      const error = refusal({ redis });
      expect(error).toBeInstanceOf(DqOptionsError);
      expect(error.message).toMatch(/^Expected redis to be a URL such as redis:\/\/10\.0\.0\.9:6379, .* got .+\.$/);
    },
  );

  it('never show a Redis password', () => {
    expect(refusal({ redis: 'reddis://:secret@10.0.0.9' }).message).toContain(
      'got a URL of another kind. It begins with redis://',
    );
    const bare = refusal({ redis: ':secret@10.0.0.9:6379' }).message;
    expect(bare).toMatch(/got a string without redis:\/\/ in front\. Put it there, or rediss:\/\/ for TLS\.$/);
    expect(bare).not.toContain('secret');
    expect(refusal({ redis: '' }).message).toMatch(/got an empty string\.$/);
    expect(refusal({ redis: ['redis://:secret@10.0.0.9'] }).message).not.toContain('secret');
  });

  it.each(['redis://x', 'rediss://:pw@x:1/2', 'unix:///run/redis.sock', '/run/redis.sock', { host: 'x' }])(
    'are taken when redis is %p',
    (redis) => {
      expect(resolveOptions(wrongOptions({ redis })).redis).toBe(redis);
    },
  );
});

describe('nodes', () => {
  it.each([[undefined], [null], ['10.0.0.1:11300'], [{}], [[]], [5]])('are refused when they are %p', (beanstalks) => {
    expect(refusal({ beanstalks }).message).toMatch(/^Expected beanstalks to list the nodes, such as \[.* got .+\.$/);
  });

  it('are refused as a list in one string, with how to make it an array', () => {
    const { message } = refusal({ beanstalks: 'a:1,b:1,c:1' });
    expect(message).toMatch(
      /got the string "a:1,b:1,c:1"\. Give an array; split\(','\) makes one of a list in a string\.$/,
    );
    expect(refusal({ beanstalks: [] }).message).toMatch(/Or set embedded: true, to keep jobs in this process alone\.$/);
  });

  it('are refused when there is one alone and nobody said that this is enough', () => {
    const error = refusal({ beanstalks: ['a:1'] });
    expect(error).toBeInstanceOf(DqOptionsError);
    expect(error.message).toBe(
      'Expected at least two nodes and copies, got 1 node(s) and 1 copy. ' +
        'Add nodes, or set minWrites: 1 to accept that a job is lost with its only node.',
    );
    expect(refusal({ copies: 1 }).message).toContain('got 3 node(s) and 1 copy');
    expect(refusal({ beanstalks: ['a:1'], minWrites: 2 })).toBeInstanceOf(DqOptionsError);
  });

  it.each([['10.0.0.1'], [5], [null], [undefined], [{ endpoint: '10.0.0.1' }], [{ tube: 'x' }], [{}]])(
    'are refused when one of them is %p',
    (node) => {
      const error = refusal({ beanstalks: ['a:1', node, 'c:1'] });
      expect(error).toBeInstanceOf(DqEndpointError);
      expect(error.message).toMatch(/ got .+\.$/);
    },
  );

  it('are refused with a misspelt key', () => {
    expect(refusal({ beanstalks: ['a:1', { endpoint: 'b:1', tub: 'x' }] }).message).toContain('got the string "tub"');
  });

  it.each([
    ['the same text', 'a:11300', 'a:11300'],
    ['a host in other case', 'Node-A:11300', 'node-a:11300'],
    ['a port with a zero in front', 'a:1300', 'a:01300'],
    ['an object for the same', 'a:11300', { endpoint: 'a:11300' }],
    ['IPv6 in other case', '[2001:db8::a]:1', '[2001:DB8::A]:1'],
  ])('are refused when one is named twice: %s', (_what, one, other) => {
    const error = refusal({ beanstalks: [one, 'b:1', other] });
    expect(error).toBeInstanceOf(DqEndpointError);
    expect(error.message).toMatch(/^Expected each node once, got .* twice\. Two copies on one node protect nothing\.$/);
  });

  it('are refused when one IPv6 address is named twice in two spellings', () => {
    expect(refusal({ beanstalks: ['[::1]:11300', '[0:0:0:0:0:0:0:1]:11300'] })).toBeInstanceOf(DqEndpointError);
  });

  it('may share a host or a port', () => {
    expect(resolveOptions(wrongOptions({ beanstalks: ['a:1', 'a:2', 'b:1'] })).endpoints).toHaveLength(3);
  });

  it('are refused when they name different default tubes', () => {
    const beanstalks = [{ endpoint: 'a:1', tube: 'x' }, { endpoint: 'b:1', tube: 'y' }, 'c:1'];
    expect(refusal({ beanstalks }).message).toBe(
      'Expected one tube for all nodes, got the string "x" and the string "y". List further tubes under tubes.',
    );
    for (const tube of ['a/b', '', 5, null]) {
      expect(refusal({ beanstalks: [{ endpoint: 'a:1', tube }, 'b:1'] })).toBeInstanceOf(DqTubeNameError);
    }
  });
});

describe('tubes', () => {
  it.each([['orders'], [{ name: 'orders' }], [5], [new Set(['orders'])]])('are refused when they are %p', (tubes) => {
    expect(refusal({ tubes }).message).toMatch(/^Expected tubes to be a list, got .+\.$/);
  });

  it.each(['tubes', 'consume'])('say how %s is written as a list', (option) => {
    expect(refusal({ [option]: 'orders' }).message).toMatch(/, got the string "orders"\. Write \['orders'\]\.$/);
    expect(refusal({ [option]: 'orders, mails' }).message).toMatch(/ Write \['orders', 'mails'\]\.$/);
    for (const value of [7, {}, "it's", '']) expect(refusal({ [option]: value }).message).not.toContain('Write');
  });

  it('are refused when the options of one are given twice', () => {
    const [first, second] = [1, 2].map((attempts) => ({ name: 'orders', attempts }));
    expect(refusal({ tubes: ['orders', first, 'orders', second] }).message).toBe(
      'Expected the options of tube "orders" in one place, got them twice. Elsewhere, give its name alone.',
    );
  });

  it.each([[null], [undefined], [5], [{}], [{ name: '' }], [{ name: 'a,b' }], ['-x'], [['orders']]])(
    'are refused when one is %p',
    (tube) => {
      expect(refusal({ tubes: [tube] })).toBeInstanceOf(DqTubeNameError);
    },
  );

  it('are refused when an option is null, which stands for no default', () => {
    const names = ['concurrency', 'attempts', 'backoff', 'lease', 'format', 'codec', 'ttr', 'history', 'expires'];
    for (const name of names)
      expect(refusal({ tubes: [{ name: 'orders', [name]: null }] }).message).toMatch(
        `Expected ${name} of tube "orders"`,
      );
    for (const name of ['copies', 'minWrites', 'commandDeadline', 'retention', 'maxBodyBytes', 'context', 'tubes'])
      expect(refusal({ [name]: null }).message).toMatch(`Expected ${name} to be `);
  });

  it('are refused when the defaults are wrong, even if none is listed', () => {
    expect(refusal({ defaults: { attempts: 0 } })).toBeInstanceOf(DqOptionsError);
    expect(refusal({ defaults: { name: 'x' } }).message).toContain('Expected defaults to have only');
    expect(refusal({ defaults: [] }).message).toContain('Expected defaults to be an object');
    expect(refusal({ defaults: null }).message).toContain('Expected defaults to be an object');
  });
});
