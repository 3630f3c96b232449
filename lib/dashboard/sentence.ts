import type { Sentence } from './wire.js';

/** Writes a sentence for people: a `Date` in it stays a moment, since who reads it has a clock and a zone of their own. */
export function sentence(strings: TemplateStringsArray, ...values: readonly (Sentence | number | Date)[]): Sentence {
  const parts: (string | number)[] = [];
  for (const [at, text] of strings.entries()) {
    for (const part of [text, ...partsOf(values[at])]) {
      const last = parts.at(-1);
      if (typeof last === 'string' && typeof part === 'string') parts[parts.length - 1] = last + part;
      else if (part !== '') parts.push(part);
    }
  }
  const [only = ''] = parts;
  return parts.length > 1 || typeof only === 'number' ? parts : only;
}

function partsOf(value: Sentence | number | Date | undefined): readonly (string | number)[] {
  if (value instanceof Date) return [+value];
  return typeof value === 'object' ? value : [String(value ?? '')];
}
