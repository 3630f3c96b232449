import type { HistorySettings } from '../claims/claim-store.js';
import { backoffRule } from './backoff.js';
import type { DqBackoff, DqHistory, DqRunOptions, DqTubeOptions } from './dq-options.js';
import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { type DqCodec, jsonCodec, rawCodec } from '../wire/codec.js';
import { checkPriority } from '../wire/priority.js';
import { checkTubeName } from '../wire/tube-name.js';
import { nameOf, type Tube } from './declared-tube.js';
import { resolveExpiry } from './expiry.js';
import { duration, knownKeys, wholeNumber, MOST_ATTEMPTS } from './option-checks.js';
import { DEFAULTS_OPTIONS, HISTORY_OPTIONS, RUN_OPTIONS, TUBE_OPTIONS } from './option-names.js';
import type { RunSettings, TubeSettings } from './resolved-options.js';

const DEFAULT_CONCURRENCY = 10;
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_BACKOFF: DqBackoff = { type: 'exponential', delay: 1_000 };
const DEFAULT_LEASE = 30_000;
const DEFAULT_TTR = 60_000;
const DEFAULT_HISTORY = 10_000;
const MOST_HISTORY = 1_000_000;
const MOST_CONCURRENCY = 100_000;

/** A tube's settings: its own options, then the module's defaults, then the package's. */
export function resolveTube(tube: Tube, defaults: Omit<DqTubeOptions, 'name'> = {}): TubeSettings {
  const own: Partial<DqTubeOptions> = typeof tube === 'string' ? {} : tube;
  const name = checkTubeName(nameOf(tube));
  knownKeys(own, `tube "${name}"`, TUBE_OPTIONS);
  knownKeys(defaults, 'defaults', DEFAULTS_OPTIONS);
  const all = { ...defaults, ...withoutUndefined(own) };
  const where = `tube "${name}"`;
  const format = all.format ?? 'native';
  if (format !== 'native' && format !== 'plain') {
    throw new DqOptionsError(`Expected format of ${where} to be 'native' or 'plain', got ${shown(format)}.`);
  }
  return Object.freeze({
    name,
    format,
    codec: checkCodec(all.codec ?? 'json', where),
    priority: checkPriority(all.priority ?? 'normal'),
    ttrSeconds: Math.ceil(duration(all.ttr ?? DEFAULT_TTR, `ttr of ${where}`, 5_000) / 1000),
    expires: resolveExpiry(all.expires, `expires of ${where}`),
    history: resolveHistory(all.history, `history of ${where}`),
    ...runSettings(all, where),
  });
}

/** A handler's settings: its own options over its tube's. */
export function resolveHandler(tube: TubeSettings, own: DqRunOptions, where: string): TubeSettings {
  knownKeys(own, `the options of ${where}`, RUN_OPTIONS);
  const given = withoutUndefined(own);
  const settings = runSettings(given, where);
  const overrides: Partial<Record<keyof RunSettings, unknown>> = {};
  if ('concurrency' in given) overrides.concurrency = settings.concurrency;
  if ('attempts' in given) overrides.attempts = settings.attempts;
  if ('backoff' in given) overrides.backoff = settings.backoff;
  if ('timeout' in given) overrides.timeoutMs = settings.timeoutMs;
  if ('lease' in given) overrides.leaseMs = settings.leaseMs;
  return Object.freeze({ ...tube, ...(overrides as Partial<RunSettings>) });
}

function runSettings(own: DqRunOptions, where: string): RunSettings {
  return {
    concurrency: wholeNumber(own.concurrency ?? DEFAULT_CONCURRENCY, `concurrency of ${where}`, 1, MOST_CONCURRENCY),
    attempts: wholeNumber(own.attempts ?? DEFAULT_ATTEMPTS, `attempts of ${where}`, 1, MOST_ATTEMPTS),
    backoff: backoffRule(own.backoff ?? DEFAULT_BACKOFF, `backoff of ${where}`),
    timeoutMs: own.timeout === undefined ? undefined : duration(own.timeout, `timeout of ${where}`, 1),
    leaseMs: duration(own.lease ?? DEFAULT_LEASE, `lease of ${where}`, 1_000),
  };
}

function resolveHistory(history: DqHistory | undefined, where: string): HistorySettings | undefined {
  if (history === undefined) return undefined;
  knownKeys(history, where, HISTORY_OPTIONS);
  return {
    last: wholeNumber(history.last ?? DEFAULT_HISTORY, `last in ${where}`, 1, MOST_HISTORY),
    forMs: duration(history.for ?? '7d', `for in ${where}`, 60_000),
  };
}

function checkCodec(codec: unknown, where: string): DqCodec {
  if (codec === 'json') return jsonCodec;
  if (codec === 'raw') return rawCodec;
  const candidate = codec as Partial<DqCodec> | null;
  if (typeof candidate?.encode === 'function' && typeof candidate.decode === 'function') return candidate as DqCodec;
  throw new DqOptionsError(
    `Expected codec of ${where} to be 'json', 'raw' or an object with encode and decode, got ${shown(codec)}.`,
  );
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
