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
export function namesOf<Name extends string>(all: Readonly<Record<Name, true>>): ReadonlySet<string> {
  return new Set(Object.keys(all));
}

/** `logger` and `enhancers` are the Nest part's own: the core only lets them pass. */
export const MODULE_OPTIONS = namesOf<keyof DqOptions | 'logger' | 'enhancers'>({
  beanstalks: true,
  redis: true,
  embedded: true,
  tubes: true,
  defaults: true,
  consume: true,
  copies: true,
  minWrites: true,
  commandDeadline: true,
  shutdownDeadline: true,
  retention: true,
  doneRetention: true,
  maxBodyBytes: true,
  logger: true,
  enhancers: true,
  context: true,
  onEvent: true,
});

export const RUN_OPTIONS = namesOf<keyof DqRunOptions>({
  concurrency: true,
  attempts: true,
  backoff: true,
  timeout: true,
  lease: true,
});

const TUBE_OWN = namesOf<Exclude<keyof DqTubeOptions, keyof DqRunOptions | 'name'>>({
  format: true,
  codec: true,
  priority: true,
  ttr: true,
  expires: true,
  history: true,
});

export const HISTORY_OPTIONS = namesOf<keyof DqHistory>({ last: true, for: true });

export const DEFAULTS_OPTIONS: ReadonlySet<string> = new Set([...RUN_OPTIONS, ...TUBE_OWN]);

export const TUBE_OPTIONS: ReadonlySet<string> = new Set(['name', ...DEFAULTS_OPTIONS]);

export const JOB_OPTIONS = namesOf<keyof DqJobOptions>({
  id: true,
  key: true,
  onConflict: true,
  debounce: true,
  priority: true,
  attempts: true,
  backoff: true,
  expires: true,
  headers: true,
});

export const DEBOUNCE_OPTIONS = namesOf<keyof DqDebounce>({ maxWait: true });

export const NODE_OPTIONS = namesOf<keyof Exclude<DqBeanstalk, string>>({ endpoint: true, tube: true });

export const EMBEDDED_OPTIONS = namesOf<keyof DqEmbedded>({ file: true });

export const EXPIRES_OPTIONS = namesOf<keyof DqExpires>({ after: true, action: true });

type Formula<Type> = Extract<DqBackoffFormula, { readonly type: Type }>;

export const FIXED_OPTIONS = namesOf<keyof Formula<'fixed'>>({ type: true, delay: true });

export const EXPONENTIAL_OPTIONS = namesOf<keyof Formula<'exponential'>>({
  type: true,
  delay: true,
  factor: true,
  max: true,
  jitter: true,
});
