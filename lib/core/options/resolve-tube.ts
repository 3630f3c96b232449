import { backoffRule } from './backoff.js';
import { nameOf, type Tube } from './declared-tube.js';
import type { DqBackoff, DqExpires, DqHistory, DqRunOptions, DqTubeOptions } from './dq-options.js';
import { type DqCodec, jsonCodec, rawCodec } from '../wire/codec.js';
import { checkPriority } from '../wire/priority.js';
import { type Expiry, FATES } from '../wire/expiry.js';
import { checkTubeName } from '../wire/tube-name.js';
import { duration, given, knownKeys, MOST_ATTEMPTS, oneOf, unfit, wholeNumber } from './option-checks.js';
import { DEFAULTS_OPTIONS, EXPIRES_OPTIONS, HISTORY_OPTIONS, RUN_OPTIONS, TUBE_OPTIONS } from './option-names.js';
import type { TubeSettings } from './resolved-options.js';

type Defaults = Omit<DqTubeOptions, 'name'>;

/** Where nobody says otherwise. */
const USUAL = {
  concurrency: 10,
  attempts: 5,
  backoff: { type: 'exponential', delay: '1s' },
  lease: '30s',
  format: 'native',
  codec: 'json',
  priority: 'normal',
  ttr: '60s',
} as const satisfies Defaults;
const USUAL_HISTORY = { last: 10_000, for: '7d' } as const satisfies DqHistory;
const MOST_HISTORY = 1_000_000;
const MOST_CONCURRENCY = 100_000;

/** How each option is checked, and the setting that it becomes. */
const SETTINGS: Readonly<Record<keyof Defaults, (value: unknown, where: string) => Partial<TubeSettings>>> = {
  concurrency: (value, where) => ({ concurrency: wholeNumber(value, where, 1, MOST_CONCURRENCY) }),
  attempts: (value, where) => ({ attempts: wholeNumber(value, where, 1, MOST_ATTEMPTS) }),
  backoff: (value, where) => ({ backoff: backoffRule(value as DqBackoff, where) }),
  timeout: (value, where) => ({ timeoutMs: duration(value, where, 1) }),
  lease: (value, where) => ({ leaseMs: duration(value, where, 1_000) }),
  format: (value, where) => ({ format: oneOf(value, where, 'native', 'plain') }),
  codec: (value, where) => ({ codec: checkCodec(value, where) }),
  priority: (value) => ({ priority: checkPriority(value) }),
  ttr: (value, where) => ({ ttrSeconds: Math.ceil(duration(value, where, 5_000) / 1000) }),
  expires: (value, where) => ({ expires: resolveExpiry(value as DqExpires, where) }),
  history: (value, where) => ({ history: resolveHistory(value as DqHistory, where) }),
};

/** A tube's settings: its own options, then the module's defaults, then the package's. */
export function resolveTube(tube: Tube, defaults: Defaults = {}): TubeSettings {
  const name = checkTubeName(nameOf(tube));
  const { name: _, ...own } = typeof tube === 'string' ? { name } : tube;
  knownKeys(own, `tube "${name}"`, TUBE_OPTIONS);
  knownKeys(defaults, 'defaults', DEFAULTS_OPTIONS);
  const left = { timeoutMs: undefined, expires: undefined, history: undefined };
  const settings = settingsOf({ ...USUAL, ...given(defaults), ...given(own) }, `tube "${name}"`);
  return Object.freeze({ name, ...left, ...settings } as TubeSettings);
}

/** A handler's settings: its own options over its tube's. */
export function resolveHandler(tube: TubeSettings, own: DqRunOptions, where: string): TubeSettings {
  knownKeys(own, `the options of ${where}`, RUN_OPTIONS);
  return Object.freeze({ ...tube, ...settingsOf(given(own), where) });
}

function settingsOf(options: Defaults, where: string): Partial<TubeSettings> {
  const each = Object.entries(options) as [keyof Defaults, unknown][];
  return Object.assign({}, ...each.map(([name, value]) => SETTINGS[name](value, `${name} of ${where}`)));
}

/** Checks an `expires` option; `where` names it in the error. */
export function resolveExpiry(expires: DqExpires, where: string): Expiry {
  knownKeys(expires, where, EXPIRES_OPTIONS);
  const action = oneOf(expires.action, `action in ${where}`, ...FATES);
  return { afterMs: duration(expires.after, `after in ${where}`, 1), action };
}

function resolveHistory(history: DqHistory, where: string): TubeSettings['history'] {
  knownKeys(history, where, HISTORY_OPTIONS);
  const all = { ...USUAL_HISTORY, ...given(history) };
  return {
    last: wholeNumber(all.last, `last in ${where}`, 1, MOST_HISTORY),
    forMs: duration(all.for, `for in ${where}`, 60_000),
  };
}

function checkCodec(codec: unknown, where: string): DqCodec {
  if (codec === 'json') return jsonCodec;
  if (codec === 'raw') return rawCodec;
  const candidate = codec as Partial<DqCodec> | null;
  if (typeof candidate?.encode === 'function' && typeof candidate.decode === 'function') return candidate as DqCodec;
  throw unfit(where, "'json', 'raw' or an object with encode and decode", codec);
}
