import { types } from 'node:util';
import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { durationAdvice, readDuration } from './duration.js';
import { LONGEST_DELAY_MS } from '../wire/due-time.js';
import { strayAdvice } from './stray-option.js';

/** Of a job, whoever says it. */
export const MOST_ATTEMPTS = 1_000_000;

/** A whole number in a range, or {@link DqOptionsError}. */
export function wholeNumber(value: unknown, where: string, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new DqOptionsError(`Expected ${where} to be a whole number from ${min} to ${max}, got ${shown(value)}.`);
}

/** A duration of at least `min` milliseconds, in milliseconds, or {@link DqOptionsError}. */
export function duration(value: unknown, where: string, min: number): number {
  const ms = readDuration(value);
  if (ms !== undefined && ms >= min && ms <= LONGEST_DELAY_MS) return ms;
  throw new DqOptionsError(
    `Expected ${where} to be a duration of at least ${min} ms, such as '30s' or whole milliseconds, got ${shown(value)}.` +
      durationAdvice(value),
  );
}

/** What an error says last about a string in the place of a list of names; empty for anything else. */
export function listAdvice(value: unknown): string {
  const names = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : [];
  const readable = names.length > 0 && names.every((name) => /^[\w.:-]{1,40}$/.test(name));
  return readable && names.length <= 5 ? ` Write [${names.map((name) => `'${name}'`).join(', ')}].` : '';
}

/** An options object without names this package does not know: a typing error must not pass for a default. */
export function knownKeys(value: unknown, where: string, known: ReadonlySet<string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DqOptionsError(`Expected ${where} to be an object, got ${shown(value)}.`);
  }
  if (types.isPromise(value))
    throw new DqOptionsError(`Expected ${where} to be an object, got a Promise. Is an await missing?`);
  for (const key of Object.keys(value)) {
    if (known.has(key)) continue;
    throw new DqOptionsError(
      `Expected ${where} to have only ${[...known].join(', ')}, got ${shown(key)}. ${strayAdvice(key, known)}`,
    );
  }
}
