import type { KeyPolicy } from '../claims/key-claims.js';
import { DqKeyError, DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { DqJobOptions } from '../options/dq-options.js';
import { duration, knownKeys, unfit } from '../options/option-checks.js';
import { DEBOUNCE_OPTIONS } from '../options/option-names.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { checkOwnKey } from '../wire/own-key.js';

/** What a call with a key wants where another job stands. */
export interface KeyWish {
  readonly policy: KeyPolicy;
  /** The caller is to hear of it by an error. */
  readonly refuses: boolean;
  readonly maxWaitMs: number | undefined;
}

const POLICIES = { replace: 'replace', keep: 'keep', postpone: 'postpone', error: 'keep' } as const;

/** The caller's own key, if there is one, and whether it may stand there. @throws DqKeyError, DqOptionsError */
export function checkOwnKeyOptions(options: DqJobOptions, tube: TubeSettings): string | undefined {
  const { key, onConflict, debounce, id } = options;
  if (key === undefined) {
    if (onConflict === undefined && debounce === undefined) return undefined;
    const name = onConflict === undefined ? 'debounce' : 'onConflict';
    throw new DqOptionsError(
      `Expected ${name} of a job beside a key, got it without one. Give the job a key, or leave ${name} out.`,
    );
  }
  checkOwnKey(key);
  checkTakesKeys(tube);
  if (id === undefined) return key;
  throw new DqOptionsError(
    'Expected either an id or a key of a job, got both. A key is free again when its job is over, an id is not: leave one out.',
  );
}

/** @throws DqKeyError */
export function checkTakesKeys({ format, name }: TubeSettings): void {
  if (format === 'native') return;
  throw new DqKeyError(`Expected no key on tube "${name}", whose plain format has no place for it. Use a native tube.`);
}

/** What these options want; `delayMs` is undefined for a call that names a moment. @throws DqOptionsError */
export function keyWish({ onConflict = 'replace', debounce }: DqJobOptions, delayMs: number | undefined): KeyWish {
  if (!Object.hasOwn(POLICIES, onConflict)) {
    throw new DqOptionsError(
      `Expected onConflict 'replace', 'keep', 'postpone' or 'error', got ${shown(onConflict)}. Leave it out for 'replace'.`,
    );
  }
  const policy = POLICIES[onConflict];
  const wish = { policy, refuses: onConflict === 'error', maxWaitMs: undefined };
  if (debounce === undefined) return wish;
  if (policy === 'keep') {
    throw new DqOptionsError(
      `Expected debounce beside onConflict 'replace' or 'postpone', got it beside '${onConflict}', which moves nothing. Leave one out.`,
    );
  }
  if (delayMs === undefined) {
    throw new DqOptionsError(
      'Expected debounce beside a delay, got it beside a moment. Use delay, or leave debounce out.',
    );
  }
  return debounce === true ? wish : { ...wish, maxWaitMs: maxWait(debounce, delayMs) };
}

function maxWait(debounce: unknown, delayMs: number): number {
  if (typeof debounce !== 'object' || debounce === null)
    throw unfit('debounce', 'true or { maxWait }', debounce, ' Leave it out for none.');
  knownKeys(debounce, 'debounce', DEBOUNCE_OPTIONS);
  const { maxWait: longest } = debounce as { readonly maxWait?: unknown };
  const ms = duration(longest, 'maxWait of debounce', 0);
  if (ms >= delayMs) return ms;
  const wanted = `at least the delay of ${delayMs} ms`;
  throw unfit('maxWait of debounce', wanted, longest, ' Raise it, or give a shorter delay.');
}
