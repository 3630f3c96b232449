import { nearestName } from '../errors/nearest-name.js';
import {
  DEBOUNCE_OPTIONS,
  DEFAULTS_OPTIONS,
  EMBEDDED_OPTIONS,
  EXPIRES_OPTIONS,
  EXPONENTIAL_OPTIONS,
  FIXED_OPTIONS,
  JOB_OPTIONS,
  MODULE_OPTIONS,
  NODE_OPTIONS,
  RUN_OPTIONS,
  TUBE_OPTIONS,
} from './option-names.js';

/** Where options have their place, as errors say it. What stands in every backoff, such as `delay`, is too common a word. */
const PLACES: readonly (readonly [string, ReadonlySet<string>])[] = [
  ['the options of DqModule', MODULE_OPTIONS],
  ['what DqModule.forRoot or forRootAsync itself takes', new Set(['isGlobal'])],
  ['a tube', TUBE_OPTIONS],
  ['defaults', DEFAULTS_OPTIONS],
  ['@DqHandler', RUN_OPTIONS],
  ['the first argument of @DqHandler', new Set(['tube'])],
  ['a job', JOB_OPTIONS],
  ['a node of beanstalks', NODE_OPTIONS],
  ['embedded', EMBEDDED_OPTIONS],
  ['expires', EXPIRES_OPTIONS],
  ['debounce', DEBOUNCE_OPTIONS],
  ["a backoff of type 'exponential'", new Set([...EXPONENTIAL_OPTIONS].filter((name) => !FIXED_OPTIONS.has(name)))],
];
const OR = new Intl.ListFormat('en', { type: 'disjunction' });

/** What to do about an option that is not known where it stands: the name that was probably meant, and where this one belongs. */
export function strayAdvice(key: string, known: ReadonlySet<string>): string {
  const [only] = known;
  const own = nearestName(key, known) ?? (known.size === 1 ? only : undefined);
  const there = placesOf(key);
  if (own !== undefined)
    return `Did you mean ${own}?${there === undefined ? '' : ` ${key} itself belongs to ${there}.`}`;
  if (there !== undefined) return `It belongs to ${there}.`;
  const other = nearestName(
    key,
    PLACES.flatMap(([, names]) => [...names]),
  );
  return other === undefined ? 'Is it misspelt?' : `Did you mean ${other}? That belongs to ${placesOf(other)}.`;
}

function placesOf(key: string): string | undefined {
  const places = PLACES.filter(([, names]) => names.has(key)).map(([place]) => place);
  return places.length === 0 ? undefined : OR.format(places);
}
