// What a handler can throw that is hard to put into words, or harmful to look at.
import { DqAgain, DqGiveUp } from '../../lib/core/consumer/outcome.js';

function trap(): never {
  throw new Error('trapped');
}

/** Every look at it throws. */
function trapped(target: object): object {
  const names = Reflect.ownKeys(Reflect).filter((name) => typeof Reflect[name as 'get'] === 'function');
  return new Proxy(target, Object.fromEntries(names.map((name) => [name, trap])));
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function withGetter(target: object, name: string, get: () => unknown = trap): object {
  return Object.defineProperty(target, name, { get });
}

function cyclic(): Error {
  const error = new Error('cyclic');
  const cause = new Error('its cause', { cause: error });
  error.cause = cause;
  return Object.assign(error, { errors: [error, cause] });
}

class Nameless extends Error {
  static override get name(): string {
    return trap();
  }
}

type Then = (kept: () => void, broken: (error: unknown) => void) => unknown;

function thenable(then: Then, target: object = {}): object {
  return withGetter(target, 'then', () => then);
}

/** By name: makes it. */
export const UNSPEAKABLE: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  undefined: () => undefined,
  'a string': () => 'card declined',
  'a string that steers a terminal': () => '\u001b[2Jcard \u202edeclined\u0000',
  'an empty string': () => '',
  'a huge string': () => 'x'.repeat(20_000_000),
  'a number': () => 42,
  'a bigint': () => 10n ** 1_000n,
  'a symbol': () => Symbol('card declined'),
  'a function': () => trap,
  'an object without a prototype': () => Object.create(null),
  'an object whose conversion throws': () => ({ toString: trap, valueOf: trap, [Symbol.toPrimitive]: trap }),
  'an object whose constructor throws': () => withGetter({}, 'constructor'),
  'a Proxy that traps everything': () => trapped({}),
  'a Proxy of an error that traps everything': () => trapped(new Error('no')),
  'a Proxy that was revoked': () => revoked(new Error('no')),
  'an array Proxy that was revoked': () => revoked([]),
  'an error whose message throws': () => withGetter(new Error(), 'message'),
  'an error whose message is a symbol': () => Object.assign(new Error(), { message: Symbol('no') }),
  'an error whose message is an object that throws': () => Object.assign(new Error(), { message: { toString: trap } }),
  'an error with a huge message': () => new Error('x'.repeat(20_000_000)),
  'an error whose stack throws': () => withGetter(new Error('no'), 'stack'),
  'an error whose stack is huge': () =>
    Object.assign(new Error('no'), { stack: '    at a (/b:1:1)\n'.repeat(1_000_000) }),
  'an error whose name throws': () => withGetter(new Error(''), 'name'),
  'an error whose cause throws': () => withGetter(new Error('no'), 'cause'),
  'an error whose then throws': () => withGetter(new Error('no'), 'then'),
  'an error whose class has no name': () => new Nameless('no'),
  'an error that is frozen': () => Object.freeze(new Error('no')),
  'an error with cyclic causes': cyclic,
  'an aggregate of the unspeakable': () =>
    Object.assign(new AggregateError([]), { errors: [revoked({}), withGetter(new Error(), 'message'), null] }),
  'an aggregate whose errors throw': () => withGetter(new AggregateError([]), 'errors'),
  'a DqGiveUp whose message throws': () => withGetter(new DqGiveUp(''), 'message'),
  'a DqAgain whose time is none': () => Object.assign(new DqAgain(1), { ms: NaN }),
  'a DqAgain whose time is a bigint': () => Object.assign(new DqAgain(1), { ms: 5n }),
  'a DqAgain whose time is without end': () => Object.assign(new DqAgain(1), { ms: Infinity }),
  'a DqAgain whose time throws': () => withGetter(Object.create(DqAgain.prototype) as object, 'ms'),
};

/** By name: makes something to return that is waited for, or looks like it, and what comes of it. */
export const UNAWAITABLE: Readonly<Record<string, readonly [make: () => unknown, outcome: 'done' | 'dead']>> = {
  'a thenable whose then cannot be read': [() => withGetter({}, 'then'), 'dead'],
  'a thenable whose then cannot be read twice': [
    () => {
      let reads = 0;
      const breaks = (_: unknown, broken: (error: unknown) => void): void => broken(new Error('no'));
      return withGetter({}, 'then', () => (++reads > 1 ? trap() : breaks));
    },
    'dead',
  ],
  'a thenable whose then throws': [() => thenable(trap), 'dead'],
  'a thenable that is kept, and whose then throws then': [
    () =>
      thenable((kept) => {
        kept();
        trap();
      }),
    'done',
  ],
  'a thenable that calls back twice': [
    () =>
      thenable((kept, broken) => {
        kept();
        broken(new Error('no'));
        kept();
      }),
    'done',
  ],
  'a thenable that is broken with a Proxy': [() => thenable((_, broken) => broken(trapped({}))), 'dead'],
  'a function with a then': [
    () =>
      thenable(
        (_, broken) => broken('no'),
        () => undefined,
      ),
    'dead',
  ],
  'a promise of a thenable that throws': [() => Promise.resolve().then(() => thenable(trap)), 'dead'],
  'a Proxy that was revoked': [() => revoked({}), 'dead'],
  'an object whose constructor throws': [() => withGetter({}, 'constructor'), 'done'],
  'a Proxy whose prototype cannot be read': [() => new Proxy({}, { getPrototypeOf: trap }), 'done'],
  'a DqAgain whose time throws': [() => withGetter(Object.create(DqAgain.prototype) as object, 'ms'), 'dead'],
  'a DqGiveUp whose message throws': [() => withGetter(new DqGiveUp(''), 'message'), 'dead'],
};

export const WAYS = { throws: UNSPEAKABLE, rejects: UNSPEAKABLE, returns: UNAWAITABLE } as const;
export type Way = keyof typeof WAYS;

/** The id of a job that does so. */
export function idOf(tube: string, way: Way, name: string): string {
  return `${tube}.${way}.${name.replaceAll(' ', '_').replaceAll(',', '')}`;
}

/** The ids of all jobs of a tube whose attempt has to fail. */
export function failing(tube: string): readonly string[] {
  return (['throws', 'rejects', 'returns'] as const).flatMap((way) =>
    Object.keys(WAYS[way])
      .filter((name) => way !== 'returns' || UNAWAITABLE[name]?.[1] === 'dead')
      .map((name) => idOf(tube, way, name)),
  );
}
