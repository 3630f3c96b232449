import type {
  DqBackoffFormula,
  DqBeanstalk,
  DqDebounce,
  DqHistory,
  DqEmbedded,
  DqJobOptions,
  DqOptions,
  DqRunOptions,
  DqTubeOptions,
  DqExpires,
} from './dq-options.js';

// The names of all options, once. Checks, the lists in errors and their advice are made from these; the compiler tells when one
// is missing here, or has gone.

/** All names of a type, in the order in which errors list them. */
export function namesOf<Options>() {
  return <const Names extends readonly (keyof Options)[]>(
    names: Names & ([Exclude<keyof Options, Names[number]>] extends [never] ? unknown : never),
  ): ReadonlySet<string> => new Set(names as readonly string[]);
}

/** `logger` and `enhancers` are the Nest part's own: the core only lets them pass. */
export const MODULE_OPTIONS = namesOf<DqOptions & { logger: unknown; enhancers: unknown }>()([
  'beanstalks',
  'redis',
  'embedded',
  'tubes',
  'defaults',
  'consume',
  'copies',
  'minWrites',
  'commandDeadline',
  'shutdownDeadline',
  'retention',
  'doneRetention',
  'maxBodyBytes',
  'logger',
  'enhancers',
  'context',
  'onEvent',
]);

export const RUN_OPTIONS = namesOf<DqRunOptions>()(['concurrency', 'attempts', 'backoff', 'timeout', 'lease']);

type TubeOwn = Omit<DqTubeOptions, keyof DqRunOptions | 'name'>;
const TUBE_OWN = namesOf<TubeOwn>()(['format', 'codec', 'priority', 'ttr', 'expires', 'history']);

export const DEFAULTS_OPTIONS: ReadonlySet<string> = new Set([...RUN_OPTIONS, ...TUBE_OWN]);

export const TUBE_OPTIONS: ReadonlySet<string> = new Set(['name', ...DEFAULTS_OPTIONS]);

export const HISTORY_OPTIONS = namesOf<DqHistory>()(['last', 'for']);

export const JOB_OPTIONS = namesOf<DqJobOptions>()([
  'id',
  'key',
  'onConflict',
  'debounce',
  'priority',
  'attempts',
  'backoff',
  'expires',
  'headers',
]);

export const DEBOUNCE_OPTIONS = namesOf<DqDebounce>()(['maxWait']);

export const NODE_OPTIONS = namesOf<Exclude<DqBeanstalk, string>>()(['endpoint', 'tube']);

export const EMBEDDED_OPTIONS = namesOf<DqEmbedded>()(['file']);

export const EXPIRES_OPTIONS = namesOf<DqExpires>()(['after', 'action']);

type Formula<Type> = Extract<DqBackoffFormula, { readonly type: Type }>;

export const FIXED_OPTIONS = namesOf<Formula<'fixed'>>()(['type', 'delay']);

export const EXPONENTIAL_OPTIONS = namesOf<Formula<'exponential'>>()(['type', 'delay', 'factor', 'max', 'jitter']);
