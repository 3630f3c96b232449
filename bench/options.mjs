// @ts-check
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {boolean} json
 * @property {boolean} profile
 * @property {boolean} help
 * @property {string | undefined} dist another build of this package, to be measured instead
 * @property {readonly string[]} figures those asked for; empty for all
 */

/**
 * @param {readonly string[]} known every figure's name
 * @returns {Options}
 */
export function readOptions(known) {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      dist: { type: 'string' },
      figure: { type: 'string', multiple: true, default: [] },
    },
  });
  const { figure: figures, dist, ...rest } = values;
  const unknown = figures.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`expected --figure to be one of ${known.join(', ')}, got ${unknown}`);
  return { ...rest, dist: dist === undefined ? undefined : resolve(dist), figures };
}

/** @param {readonly string[]} known */
export function usage(known) {
  return `npm run bench -- [--quick] [--json] [--figure NAME ...] [--profile] [--dist DIR]

  --quick    smaller sizes and fewer rounds: at most a minute, and only a hint
  --json     one object a figure on stdout instead of the table at the end
  --figure   one figure, may be repeated: ${known.join(', ')}
  --profile  where this package's process spent its time and what it allocated, for rates and drains
  --dist     a folder with another build of this package, to be measured instead of the present sources

A whole run takes 23 to 28 minutes and, without --quick and --dist, rewrites docs/evidence/results.`;
}
