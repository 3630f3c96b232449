import { visible } from '../../core/errors/shown.js';
import type { Findings } from './finding.js';

type Parts = readonly [number, number, number];

/** Numbers of a version, what is missing as 0; undefined when it has none. What stands behind them, such as `-rc.1`, is not looked at. */
export function partsOf(version: string): Parts | undefined {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
}

/** Undefined when the version has no numbers. */
export function isAtLeast(version: string, oldest: string): boolean | undefined {
  const [have, want] = [partsOf(version), partsOf(oldest)];
  return have === undefined || want === undefined ? undefined : compare(have, want) >= 0;
}

/** Whether what is installed is in a range. */
export function findRange(findings: Findings, check: string, version: string, range: string, todo: string): void {
  const found = `version ${visible(version)}, where ${range} is wanted`;
  findings.rate(check, isInRange(version, range), { ok: visible(version), error: found, unknown: found, todo });
}

/** Whether a version is in a range as package.json has it: alternatives of one `^`, `~`, `>=` or exact version each. */
export function isInRange(version: string, range: string): boolean | undefined {
  const have = partsOf(version);
  if (have === undefined) return undefined;
  const fits = new Set(range.split('||').map((part) => fitsOne(have, part.trim())));
  if (fits.has(true)) return true;
  return fits.has(undefined) ? undefined : false;
}

/** Undefined for a form that is not known here. */
function fitsOne(have: Parts, range: string): boolean | undefined {
  const [, sign = '', version = ''] = /^(\^|~|>=|=?)\s*(\d[\w.+-]*)$/.exec(range) ?? [];
  const want = partsOf(version);
  if (want === undefined) return range === '*' ? true : undefined;
  const order = compare(have, want);
  switch (sign) {
    case '>=':
      return order >= 0;
    case '^': {
      // The first number that is not 0 stays.
      const fixed = want.findIndex((part) => part > 0);
      return order >= 0 && isSameUpTo(have, want, fixed < 0 ? 2 : fixed);
    }
    case '~':
      return order >= 0 && isSameUpTo(have, want, 1);
    default:
      return order === 0;
  }
}

function isSameUpTo(one: Parts, other: Parts, last: number): boolean {
  return one.every((part, at) => at > last || part === other[at]);
}

function compare(one: Parts, other: Parts): number {
  for (const [at, part] of one.entries()) {
    const difference = part - (other[at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
