import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { Backoff } from '../wire/backoff.js';
import type { DqBackoffFormula, DqJobOptions } from '../options/dq-options.js';
import { resolveBackoff } from '../options/backoff.js';
import { MOST_ATTEMPTS, unfit, wholeNumber } from '../options/option-checks.js';
import { resolveExpiry } from '../options/resolve-tube.js';
import type { JobHeader } from '../wire/envelope.js';

/** What a job can say only in a header. Its priority too, since without it a copy that is released would lose it. */
export const HEADER_OPTIONS = ['priority', 'attempts', 'backoff', 'expires', 'headers'] as const;

export type Headers = Readonly<Record<string, string>>;

/** A reader takes a header line of 16,384 bytes. */
const MOST_HEADER_BYTES = 8_192;

/** What a job says for itself, checked; undefined when nothing, as nearly always. @throws DqOptionsError */
export function jobHeader(options: DqJobOptions, raw: boolean): JobHeader | undefined {
  const { attempts, backoff, priority, expires, headers } = options;
  if (!raw && HEADER_OPTIONS.every((name) => options[name] === undefined)) return undefined;
  if (attempts !== undefined) wholeNumber(attempts, 'attempts of a job', 1, MOST_ATTEMPTS);
  return {
    attempts,
    backoff: backoff === undefined ? undefined : jobBackoff(backoff),
    priority,
    expires: expires === undefined ? undefined : resolveExpiry(expires, 'expires of a job'),
    headers: headers === undefined ? undefined : ownHeaders(headers),
    raw: raw || undefined,
  };
}

/** Headers of layers that the caller has said nothing about, not even that they are undefined; undefined when there are none. */
export function addedBeside(own: object = {}, added: Headers): Headers | undefined {
  const names = Object.keys(added).filter((name) => !Object.hasOwn(own, name));
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, added[name] as string]));
}

/** With headers of layers too. @throws DqOptionsError */
export function withAdded(header: JobHeader | undefined, added: Headers | undefined): JobHeader | undefined {
  return added === undefined ? header : { ...header, headers: ownHeaders({ ...added, ...header?.headers }) };
}

function jobBackoff(backoff: DqBackoffFormula): Backoff {
  if (typeof backoff !== 'function') return resolveBackoff(backoff, 'backoff of a job');
  throw new DqOptionsError(
    'Expected backoff of a job to be an object, got a function, which cannot travel with it. Give the function to the tube or the handler.',
  );
}

/** A copy, without what is undefined: the caller may change them while the job is still being written. */
function ownHeaders(headers: unknown): Headers {
  if (!isPlainObject(headers)) throw unfit('headers of a job', 'a plain object of strings', headers);
  const own = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  checkStrings(own);
  const bytes = Buffer.byteLength(JSON.stringify(own));
  if (bytes <= MOST_HEADER_BYTES) return own;
  throw new DqOptionsError(
    `Expected headers of a job of at most ${MOST_HEADER_BYTES} bytes, got ${bytes}. Put data into the payload.`,
  );
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function checkStrings(own: object): asserts own is Headers {
  for (const [name, value] of Object.entries(own) as readonly (readonly [string, unknown])[]) {
    if (typeof value === 'string') continue;
    throw new DqOptionsError(
      `Expected headers of a job to be a plain object of strings, got ${shown(value)} under ${shown(name)}. Make it a string, or ` +
        'leave it out.',
    );
  }
}
