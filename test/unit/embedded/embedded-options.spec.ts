import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DqOptionsError } from '../../../lib/core/errors/argument.errors.js';
import { systemClock } from '../../../lib/core/base/clock.js';
import type { DqEvent } from '../../../lib/core/base/events.js';
import type { DqEmbeddedOptions } from '../../../lib/core/options/dq-options.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import { embeddedBackend } from '../../../lib/embedded/embedded-backend.js';
import { goodOptions, thrownBy } from '../../support/dq-options.js';

function refusal(options: Record<string, unknown>): Error {
  const error = thrownBy(() => resolveOptions(options as unknown as DqEmbeddedOptions));
  expect(error).toBeInstanceOf(DqOptionsError);
  return error as Error;
}

describe('the option embedded', () => {
  it('is one node, one copy, no server', () => {
    expect(resolveOptions({ embedded: true })).toMatchObject({
      endpoints: [{ name: 'embedded' }],
      redis: undefined,
      embedded: { file: undefined },
      copies: 1,
      minWrites: 1,
      defaultTube: 'dq-default',
    });
  });

  it('names a file, from the working directory or the root', () => {
    expect(resolveOptions({ embedded: {} }).embedded).toEqual({ file: undefined });
    expect(resolveOptions({ embedded: { file: 'jobs' } }).embedded).toEqual({ file: resolve('jobs') });
    expect(resolveOptions({ embedded: { file: '/var/lib/jobs' } }).embedded).toEqual({ file: '/var/lib/jobs' });
  });

  it('may say what holds anyway', () => {
    expect(resolveOptions({ embedded: true, copies: 1, minWrites: 1 })).toMatchObject({ copies: 1, minWrites: 1 });
    expect(resolveOptions({ ...goodOptions(), embedded: false })).toMatchObject({ embedded: undefined, copies: 3 });
  });

  it('must be asked for, and whoever names no nodes is told of it', () => {
    for (const options of [{}, { embedded: false }, { redis: 'redis://a' }]) {
      expect(refusal(options).message).toMatch(/^Expected beanstalks to list the nodes.*Or set embedded: true/);
    }
  });

  it.each(['beanstalks', 'redis'] as const)('is refused beside %s', (name) => {
    const error = refusal({ embedded: true, [name]: goodOptions()[name] });
    expect(error.message).toMatch(new RegExp(`^Expected embedded without ${name}, got both`));
  });

  it.each(['copies', 'minWrites'])('is refused with %s other than 1', (name) => {
    for (const value of [0, 2, 3, '1', null]) {
      expect(refusal({ embedded: true, [name]: value }).message).toMatch(new RegExp(`^Expected ${name} to be 1`));
    }
  });

  it('is refused when it is something else', () => {
    for (const embedded of [
      'yes',
      1,
      null,
      [],
      { path: '/a' },
      { file: '' },
      { file: ' ' },
      { file: 7 },
      { file: '/a/' },
      { file: 'a\0' },
    ]) {
      expect(refusal({ embedded }).message).toMatch(/^Expected (embedded|file of embedded)/);
    }
  });

  it('has no effect on a runtime that is given no backend: it is an error', () => {
    expect(() => new DqRuntime(resolveOptions({ embedded: true }))).toThrow(DqOptionsError);
  });
});

describe('the embedded backend', () => {
  it('is one node and a store, and tells once what they are', async () => {
    const events: DqEvent[] = [];
    const backend = embeddedBackend(resolveOptions({ embedded: true }), systemClock, (event) => events.push(event));
    expect(backend.dialers.map(({ endpoint }) => endpoint)).toEqual(['embedded']);
    expect(events).toEqual([]);
    backend.start();
    expect(events).toEqual([{ type: 'embedded-started', file: undefined }]);
    await backend.store.close();
  });
});
