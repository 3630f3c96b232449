import { types } from 'node:util';
import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { durationAdvice, readDuration } from './duration.js';
import { LONGEST_DELAY_MS } from '../wire/due-time.js';
import { strayAdvice } from './stray-option.js';

/** Of a job, whoever says it. */
export const MOST_ATTEMPTS = 1_000_000;

/** What stands where `wanted` is expected; `where` names the option. */
export function unfit(where: string, wanted: string, got: unknown, advice = ''): DqOptionsError {
  return new DqOptionsError(`Expected ${where} to be ${wanted}, got ${shown(got)}.${advice}`);
}

/** A whole number in a range, or {@link DqOptionsError}. */
export function wholeNumber(value: unknown, where: string, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw unfit(where, `a whole number from ${min} to ${max}`, value);
}

/** A duration of at least `min` milliseconds, in milliseconds, or {@link DqOptionsError}. */
export function duration(value: unknown, where: string, min: number): number {
  const ms = readDuration(value);
  if (ms !== undefined && ms >= min && ms <= LONGEST_DELAY_MS) return ms;
  const wanted = `a duration of at least ${min} ms, such as '30s' or whole milliseconds`;
  throw unfit(where, wanted, value, durationAdvice(value));
}

/** One of these words, or {@link DqOptionsError}. */
export function oneOf<Word extends string>(value: unknown, where: string, ...words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw unfit(
    where,
    words
      .map((word) => `'${word}'`)
      .join(', ')
      .replace(/, ('[^']*')$/, ' or $1'),
    value,
  );
}

/** The options that are given: one that is undefined is not. */
export function given<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}

/** What an error says last about a string in the place of a list of names; empty for anything else. */
export function listAdvice(value: unknown): string {
  const names = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : [];
  const readable = names.length > 0 && names.every((name) => /^[\w.:-]{1,40}$/.test(name));
  return readable && names.length <= 5 ? ` Write [${names.map((name) => `'${name}'`).join(', ')}].` : '';
}

/** An options object without names this package does not know: a typing error must not pass for a default. */
export function knownKeys(value: unknown, where: string, known: ReadonlySet<string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unfit(where, 'an object', value);
  if (types.isPromise(value))
    throw new DqOptionsError(`Expected ${where} to be an object, got a Promise. Is an await missing?`);
  for (const key of Object.keys(value)) {
    if (known.has(key)) continue;
    throw new DqOptionsError(
      `Expected ${where} to have only ${[...known].join(', ')}, got ${shown(key)}. ${strayAdvice(key, known)}`,
    );
  }
}
