import { types } from 'node:util';
import { shown } from '../errors/shown.js';

/** A value that JSON would change without a word, somewhere in a payload. */
export interface JsonChange {
  /** What becomes of it, and what to give instead. Never its content. */
  readonly reason: string;
  /** Where it stands, from the inside out. */
  readonly keys: (string | number)[];
}

/** Whether it stands in a list, where JSON puts null for what it cannot say; elsewhere it leaves it out. */
type Place = 'in a list' | 'elsewhere';

const NO_BIGINT = 'JSON has no form for a BigInt. Convert BigInt and class instances to plain values, and break cycles';

/**
 * The first value in `data` that would not arrive as it is, or as its own `toJSON` says; undefined when there is none, as nearly always.
 * Every job comes through here, once JSON has taken it: then it has no cycle, for which this throws RangeError. Fields that are undefined are left out, as everybody knows.
 * What nobody can see from outside is not found: private fields, and getters of a class.
 */
export function jsonChange(data: unknown): JsonChange | undefined {
  return changeOf(data, '', 'elsewhere');
}

/** `data`, and the way to the value; a key that may be content itself, such as an address, is not shown. */
export function pathOf({ keys }: JsonChange): string {
  const steps = keys.toReversed().map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return /^[A-Za-z_$][\w$]{0,39}$/.test(key) ? `.${key}` : '[...]';
  });
  return `data${steps.join('')}`;
}

function changeOf(value: unknown, key: string | number, place: Place): JsonChange | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'bigint':
      return 'toJSON' in BigInt.prototype ? undefined : { reason: NO_BIGINT, keys: [] };
    case 'number':
      return Number.isFinite(value) ? undefined : becomes(shown(value), 'null', 'null or a string');
    case 'object':
      if (value === null) return undefined;
      return hasToJson(value) ? changeOfConverted(value, key, place) : changeInside(value);
    case 'undefined':
      return place === 'elsewhere' ? undefined : becomes('undefined in a list', 'null', 'null');
    case 'symbol':
      return omitted('a symbol', place);
    case 'function':
      return hasToJson(value) ? changeOfConverted(value, key, place) : omitted(shown(value), place);
  }
}

/** JSON does not ask what `toJSON` gave for a `toJSON` of its own. */
function changeOfConverted(
  value: { toJSON(key: string): unknown },
  key: string | number,
  place: Place,
): JsonChange | undefined {
  if (types.isDate(value))
    return Number.isNaN(value.getTime()) ? becomes('an invalid Date', 'null', 'a valid Date or null') : undefined;
  if (Buffer.isBuffer(value)) return changeOfBytes('a Buffer', 'an object with a list of numbers');
  const given = value.toJSON(String(key));
  if (typeof given === 'object' && given !== null) return changeInside(given);
  if (given !== undefined && typeof given !== 'function' && typeof given !== 'symbol')
    return changeOf(given, key, place);
  return omitted(`${shown(given)}, which a toJSON returned,`, place);
}

function changeInside(value: object): JsonChange | undefined {
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const item: unknown = value[at];
      if (typeof item === 'string') continue;
      const change = changeOf(item, at, 'in a list');
      if (change !== undefined) return within(at, change);
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const change = changeOfInstance(value, prototype as object);
    if (change !== undefined) return change;
  }
  for (const key in value) {
    const field = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof field === 'string') continue;
    const change = changeOf(field, key, 'elsewhere');
    // Only what it has itself goes into JSON.
    if (change !== undefined && Object.hasOwn(value, key)) return within(key, change);
  }
  return undefined;
}

/** What becomes of an instance as a whole, whatever its fields are. One of an application's own class arrives with its fields. */
function changeOfInstance(value: object, prototype: object): JsonChange | undefined {
  if (types.isMap(value)) return becomes('a Map', '{}', 'Object.fromEntries(map) or [...map]');
  if (types.isSet(value)) return becomes('a Set', '{}', '[...set]');
  if (types.isPromise(value)) return becomes('a Promise', '{}', 'what it resolves to (is an await missing?)');
  if (types.isNativeError(value))
    return { reason: 'an Error loses its message in JSON; give { name, message } instead', keys: [] };
  if (types.isRegExp(value)) return becomes('a RegExp', '{}', 'its source and flags');
  if (types.isDate(value)) return becomes('a Date without its toJSON', '{}', 'its toISOString()');
  if (types.isBoxedPrimitive(value)) return becomes(shown(value), 'something else', 'its valueOf()');
  if (types.isUint8Array(value)) return changeOfBytes('a Uint8Array', 'an object of numbers');
  if (types.isTypedArray(value)) return becomes(shown(value), 'an object of numbers', '[...array]');
  if (types.isArrayBufferView(value) || types.isAnyArrayBuffer(value)) return changeOfBytes(shown(value), '{}');
  return isEmptied(value, prototype) ? becomes(shown(value), '{}', 'its content as plain values') : undefined;
}

/** True when all that it is lies where JSON does not look. An instance of a class without members may just as well have no content. */
function isEmptied(value: object, prototype: object): boolean {
  if (Object.keys(value).length > 0) return false;
  if (Object.prototype.toString.call(value) !== '[object Object]') return true;
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    // The end of the chain is what all objects have, in whatever realm.
    if (Object.getPrototypeOf(at) === null) return false;
    if (Reflect.ownKeys(at).some((name) => name !== 'constructor')) return true;
  }
  return false;
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function';
}

function within(key: string | number, change: JsonChange): JsonChange {
  change.keys.push(key);
  return change;
}

function becomes(what: string, then: string, instead: string): JsonChange {
  return { reason: `${what} becomes ${then} in JSON; give ${instead} instead`, keys: [] };
}

function changeOfBytes(what: string, then: string): JsonChange {
  return becomes(what, then, "Buffer.from(bytes).toString('base64'), or a Buffer as the whole payload,");
}

function omitted(what: string, place: Place): JsonChange {
  if (place === 'in a list') return becomes(`${what} in a list`, 'null', 'null');
  return { reason: `${what} is left out by JSON; give a plain value instead`, keys: [] };
}
