import { describe, expect, it } from '@jest/globals';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { jsonCodec } from '../../../lib/core/wire/codec.js';
import { goodOptions } from '../../support/dq-options.js';

describe('resolved options', () => {
  it('have the defaults of the documentation', () => {
    const options = resolveOptions(goodOptions());
    expect(options).toMatchObject({
      copies: 3,
      minWrites: 2,
      defaultTube: 'dq-default',
      consume: true,
      commandDeadlineMs: 3_000,
      shutdownDeadlineMs: 10_000,
      retentionMs: 7 * 86_400_000,
      maxBodyBytes: 65_535,
      redis: 'redis://10.0.0.9:6379',
    });
    expect(options.onEvent).toBeUndefined();
    expect([...options.tubes.keys()]).toEqual(['dq-default']);
    expect(options.tubes.get('dq-default')).toMatchObject({
      name: 'dq-default',
      format: 'native',
      codec: jsonCodec,
      priority: 'normal',
      ttrSeconds: 60,
      concurrency: 10,
      attempts: 5,
      leaseMs: 30_000,
      timeoutMs: undefined,
    });
    expect(options.endpoints).toEqual([
      { name: '10.0.0.1:11300', host: '10.0.0.1', port: 11300 },
      { name: '10.0.0.2:11300', host: '10.0.0.2', port: 11300 },
      { name: '10.0.0.3:11300', host: '10.0.0.3', port: 11300 },
    ]);
  });

  it('take as many copies as there are nodes, up to three', () => {
    const nodes = ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'];
    expect(resolveOptions(goodOptions({ beanstalks: nodes.slice(0, 2) })).copies).toBe(2);
    expect(resolveOptions(goodOptions({ beanstalks: nodes })).copies).toBe(3);
    expect(resolveOptions(goodOptions({ beanstalks: nodes, copies: 5, minWrites: 4 }))).toMatchObject({
      copies: 5,
      minWrites: 4,
    });
  });

  it('allow one node alone when that is said', () => {
    const options = resolveOptions(goodOptions({ beanstalks: ['a:1'], minWrites: 1 }));
    expect(options).toMatchObject({ copies: 1, minWrites: 1 });
    expect(resolveOptions(goodOptions({ copies: 1, minWrites: 1 }))).toMatchObject({ copies: 1, minWrites: 1 });
  });

  it('read durations as text or milliseconds', () => {
    const options = resolveOptions(
      goodOptions({ commandDeadline: '1s', shutdownDeadline: 0, retention: '30d', maxBodyBytes: 256 }),
    );
    expect(options).toMatchObject({
      commandDeadlineMs: 1_000,
      shutdownDeadlineMs: 0,
      retentionMs: 30 * 86_400_000,
      maxBodyBytes: 256,
    });
  });

  it('take the default tube from the nodes, as the configuration of dq has it', () => {
    const options = resolveOptions(
      goodOptions({
        beanstalks: [{ endpoint: 'a:1', tube: 'mails' }, { endpoint: 'b:1', tube: 'mails' }, 'c:1'],
        tubes: ['orders'],
        defaults: { attempts: 9 },
      }),
    );
    expect(options.defaultTube).toBe('mails');
    expect([...options.tubes.keys()].toSorted()).toEqual(['mails', 'orders']);
    expect(options.tubes.get('mails')?.attempts).toBe(9);
  });

  it('keep the settings of a default tube that is declared', () => {
    const { tubes } = resolveOptions(goodOptions({ tubes: [{ name: 'dq-default', concurrency: 3 }] }));
    expect(tubes.size).toBe(1);
    expect(tubes.get('dq-default')?.concurrency).toBe(3);
  });

  it('leave out what is undefined, as an option from an absent variable is', () => {
    const options = resolveOptions(
      goodOptions({
        copies: undefined,
        minWrites: undefined,
        tubes: undefined,
        consume: undefined,
        onEvent: undefined,
      }),
    );
    const { tubes: _tubes, ...expected } = resolveOptions(goodOptions());
    expect(options).toMatchObject(expected);
  });

  it('are frozen, with the lists and tubes in them', () => {
    const options = resolveOptions(goodOptions({ tubes: ['orders'], consume: ['orders'] }));
    for (const part of [options, options.endpoints, options.consume, ...options.tubes.values()]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(() => Object.assign(options, { copies: 1 })).toThrow(TypeError);
  });

  it('do not follow a list that is changed afterwards', () => {
    const beanstalks = ['a:1', 'b:1', 'c:1'];
    const consume = ['orders'];
    const options = resolveOptions(goodOptions({ beanstalks, consume }));
    beanstalks.pop();
    consume.push('mails');
    expect(options.endpoints).toHaveLength(3);
    expect(options.consume).toEqual(['orders']);
  });

  it('do not follow defaults that are changed afterwards', () => {
    const defaults = { attempts: 2 };
    const options = resolveOptions(goodOptions({ defaults }));
    defaults.attempts = -1;
    expect(options.defaults).toEqual({ attempts: 2 });
  });
});
