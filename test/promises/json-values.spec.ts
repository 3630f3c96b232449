// A payload arrives equal, or is refused with what to give instead.
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqPayloadError } from '../../lib/core/errors/argument.errors.js';
import { EmbeddedApp } from '../support/embedded-app.js';

let app: EmbeddedApp;
beforeEach(() => {
  app = new EmbeddedApp().start();
});
afterEach(() => app.close());

/** Why it was refused. */
async function refusal(data: unknown): Promise<string> {
  const error: unknown = await app.producer.delay(data, 0).then(
    () => new Error('it was taken'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DqPayloadError);
  return (error as Error).message;
}

/** What a handler gets of it. */
async function arrival(data: unknown): Promise<unknown> {
  await app.producer.delay(data, 0);
  const [run] = await app.runs.next();
  return run!.data;
}

class Secret {
  readonly #word: string;

  constructor(word: string) {
    this.#word = word;
  }

  get length(): number {
    return this.#word.length;
  }
}

class TaggedMap extends Map<string, number> {}
class TaggedSet extends Set<string> {}
class TaggedError extends Error {
  readonly reason = 'a field of its own';
}
const bytes = new Uint8Array([1, 2, 3]);
const withHole: unknown[] = [1];
withHole[2] = 3;

/** What it is, the value, and what the text says of it. */
const CHANGED: readonly (readonly [string, unknown, string])[] = [
  ['a Promise', Promise.resolve('word'), 'is an await missing?'],
  ['an Error', new Error('word'), 'give { name, message } instead'],
  ['an Error with fields', new TaggedError('word'), 'give { name, message } instead'],
  ['an AggregateError', new AggregateError([new Error('word')]), 'give { name, message } instead'],
  ['a DOMException', new DOMException('word'), ' instead'],
  ['a Map', new Map([['a', 'word']]), 'a Map becomes {}'],
  ['a class made of Map', new TaggedMap([['word', 1]]), 'a Map becomes {}'],
  ['a Set', new Set(['word']), 'a Set becomes {}'],
  ['a class made of Set', new TaggedSet(['word']), 'a Set becomes {}'],
  ['a WeakMap', new WeakMap(), 'WeakMap becomes {}'],
  ['a WeakSet', new WeakSet(), 'WeakSet becomes {}'],
  ['a WeakRef', new WeakRef({}), 'WeakRef becomes {}'],
  ['a RegExp', /word/u, 'give its source and flags instead'],
  ['a Uint8Array', bytes, 'base64'],
  ['an empty Uint8Array', new Uint8Array(), 'base64'],
  ['a Buffer inside', { deep: Buffer.from('word') }, 'base64'],
  ['a Float64Array', new Float64Array([1.5]), 'give [...array] instead'],
  ['a BigInt64Array', new BigInt64Array(1), 'BigInt'],
  ['an ArrayBuffer', bytes.buffer, 'base64'],
  ['a SharedArrayBuffer', new SharedArrayBuffer(2), 'base64'],
  ['a DataView', new DataView(bytes.buffer), 'base64'],
  ['an invalid Date', new Date('word'), 'give a valid Date or null instead'],
  ['NaN', NaN, 'give null or a string instead'],
  ['Infinity', Infinity, 'give null or a string instead'],
  ['minus Infinity', -Infinity, 'give null or a string instead'],
  ['a BigInt', 10n, 'BigInt'],
  ['a boxed string', Object('word'), 'give its valueOf() instead'],
  ['a boxed number', Object(5), 'give its valueOf() instead'],
  ['a boxed boolean', Object(false), 'give its valueOf() instead'],
  ['a boxed symbol', Object(Symbol('word')), 'give its valueOf() instead'],
  ['undefined in a list', [undefined], 'give null instead'],
  ['a hole in a list', withHole, 'give null instead'],
  ['a function in a list', [() => 'word'], 'becomes null'],
  ['a function in a field', { act: () => 'word' }, 'is left out'],
  ['a symbol in a list', [Symbol('word')], 'becomes null'],
  ['a symbol in a field', { mark: Symbol('word') }, 'is left out'],
  ['a toJSON that gives nothing, in a field', { gone: { toJSON: () => undefined } }, 'is left out'],
  ['a toJSON that gives nothing, in a list', [{ toJSON: () => undefined }], 'becomes null'],
  ['a toJSON that gives a Set', { toJSON: () => new Set(['word']) }, 'a Set becomes {}'],
  ['a toJSON that gives a Date, which JSON does not ask again', { toJSON: () => new Date(0) }, 'toISOString()'],
  ['a toJSON that gives NaN', { toJSON: () => NaN }, 'becomes null'],
  ['an instance whose fields are private', new Secret('word'), 'Secret becomes {}'],
  ['a Blob', new Blob(['word']), 'Blob becomes {}'],
  ['a Response', new Response('word'), 'Response becomes {}'],
  ['Headers', new Headers({ word: 'word' }), 'Headers becomes {}'],
  ['FormData', new FormData(), 'FormData becomes {}'],
  ['URLSearchParams', new URLSearchParams('a=word'), 'URLSearchParams becomes {}'],
  ['an AbortSignal', new AbortController().signal, 'AbortSignal becomes {}'],
  ['an iterator', ['word'].values(), 'becomes {}'],
  ['a generator', (function* () {})(), 'becomes {}'],
  ['a Map of another realm', runInNewContext('new Map([["a", "word"]])'), 'a Map becomes {}'],
  ['an Error of another realm', runInNewContext('new Error("word")'), 'give { name, message } instead'],
  ['a Promise of another realm', runInNewContext('Promise.resolve("word")'), 'is an await missing?'],
  ['bytes of another realm', runInNewContext('new Uint8Array([1, 2])'), 'base64'],
  ['an invalid Date of another realm', runInNewContext('new Date("word")'), 'give a valid Date or null instead'],
];

describe('a payload that JSON would change without a word is refused with what to give instead', () => {
  it.each(CHANGED)('%s', async (_what, value, reason) => {
    const whole = await refusal(value);
    expect(whole).toContain(reason);
    const inside = await refusal({ id: 1, items: [{}, 'x', { when: value }] });
    expect(inside).toContain(reason);
    expect(inside).toContain('data.items[2].when');
    for (const message of [whole, inside]) expect(message).not.toContain('word');
  });

  it('wherever it is, and however deep', async () => {
    let deep: unknown = new Map();
    for (let level = 0; level < 500; level++) deep = level % 2 === 0 ? { next: deep } : [deep];
    expect(await refusal(deep)).toContain('a Map becomes {}');
    const ofAnotherRealm = runInNewContext('({ items: [{ when: new Date(NaN) }] })') as unknown;
    expect(await refusal(ofAnotherRealm)).toContain('data.items[0].when');
    expect(await refusal(Object.assign(Object.create(null) as object, { at: new Set() }))).toContain('data.at');
  });

  it('and of a name that may be content itself, such as an address, the text says nothing', async () => {
    const message = await refusal({ users: { 'ada@example.org': { seen: new Map() } } });
    expect(message).toContain('data.users[...].seen');
    expect(message).not.toContain('ada');
  });

  it('and so is a cycle, also beside what can be carried', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = [cycle];
    expect(await refusal({ id: 1, cycle })).toContain('circular');
  });
});

class Order {
  readonly at = new Date(0);
  readonly lines: readonly unknown[] = [{ sku: 'a', note: undefined }];
  constructor(readonly id: string) {}
  total(): number {
    return this.lines.length;
  }
}
class Nothing {
  declare readonly absent?: string;
}

describe('a payload arrives equal', () => {
  it.each<[string, unknown]>([
    ['when it is plain', { a: [1, -2.5, 'x', true, null, { b: {}, c: [] }], '': '{}' }],
    ['when it is no object', 'text'],
    ['when it is null', null],
    ['but for fields that are undefined, which are left out', { a: 1, b: undefined }],
    ['when it has no prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['when it comes from another realm', runInNewContext('({ a: [{ b: 1 }] })')],
    ['when it is thousands of levels deep', JSON.parse('['.repeat(2_000) + ']'.repeat(2_000))],
  ])('%s', async (_what, data) => {
    expect(await arrival(data)).toEqual(JSON.parse(JSON.stringify(data)));
    expect(await arrival(data)).toEqual(data);
  });

  it('with the fields of an instance of its own class, and what toJSON says', async () => {
    expect(await arrival(new Order('42'))).toEqual({ id: '42', at: '1970-01-01T00:00:00.000Z', lines: [{ sku: 'a' }] });
    expect(await arrival({ empty: new Nothing() })).toEqual({ empty: {} });
    expect(await arrival({ url: new URL('http://a/b'), at: new Date(5) })).toEqual({
      url: 'http://a/b',
      at: '1970-01-01T00:00:00.005Z',
    });
    const map = Object.assign(new Map([['a', 1]]), { toJSON: () => [['a', 1]] });
    expect(await arrival({ map })).toEqual({ map: [['a', 1]] });
  });

  it('with a BigInt once the application has said how', async () => {
    Object.assign(BigInt.prototype, {
      toJSON(this: bigint): string {
        return String(this);
      },
    });
    try {
      expect(await arrival({ total: 10n })).toEqual({ total: '10' });
    } finally {
      delete (BigInt.prototype as { toJSON?: unknown }).toJSON;
    }
  });

  it('when it is a Buffer as a whole', async () => {
    expect(await arrival(Buffer.from([1, 2, 3]))).toEqual(Buffer.from([1, 2, 3]));
  });
});
