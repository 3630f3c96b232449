import { expect } from '@jest/globals';
import { DqGiveUp } from '../../lib/core/consumer/outcome.js';
import type { TestBed } from '../support/test-bed.js';
import { ran, type Ran, type RunSetting } from './cli-run.js';

/** Where commands find the servers of a bed. */
export function environmentOf({ cluster }: TestBed): Record<string, string> {
  return { DQ_BEANSTALKS: cluster.endpoints.join(','), REDIS_URL: cluster.redisUrl };
}

/** What a command is expected to print: the very text, or a pattern. What is not given may be anything. */
type Printed = { readonly [where in 'out' | 'err']?: string | RegExp };

/** Command lines that find the servers of a bed. */
export class Commands {
  readonly #bed: TestBed;

  constructor(bed: TestBed) {
    this.#bed = bed;
  }

  run(args: readonly string[], setting: RunSetting = {}): Promise<Ran> {
    return ran(args, { env: environmentOf(this.#bed), ...setting });
  }

  /** What it prints with `--json`. */
  async json(...args: readonly string[]): Promise<unknown> {
    return JSON.parse((await this.run([...args, '--json'])).out);
  }

  /** What it says, with moments and addresses as {@link stable} has them; it must have gone well. */
  async said(...args: readonly string[]): Promise<string> {
    const { out } = await this.ends(args, 0, { err: '' });
    return stable(this.#bed, out);
  }

  async ends(args: readonly string[], code: number, printed: Printed, setting: RunSetting = {}): Promise<Ran> {
    const ended = await this.run(args, setting);
    const wanted = Object.entries(printed).map(([where, text]) => [
      where,
      typeof text === 'string' ? text : expect.stringMatching(text),
    ]);
    expect({ args, ...ended }).toMatchObject({ args, code, ...Object.fromEntries(wanted) });
    return ended;
  }

  /** It ends with 2, and prints nothing but why. */
  async refuses(args: readonly string[], why: string | RegExp = /./): Promise<void> {
    await this.ends(args, 2, { out: '', err: why });
  }
}

const MOMENT = /\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const DISTANCE = /\b(?:in )?\d+(?:d|h|m|s|ms)\b(?: \d+(?:d|h|m|s|ms)\b)?(?: ago)?|\bnow\b/g;

/** An output that is the same each time: nodes are 10.0.0.1 to 10.0.0.3, moments have no digits, and columns no widths. */
export function stable({ cluster }: TestBed, text: string): string {
  const named = cluster.endpoints.reduce((shown, node, at) => shown.replaceAll(node, `10.0.0.${at + 1}`), text);
  return named
    .replaceAll(MOMENT, '<moment>')
    .replaceAll(DISTANCE, '<distance>')
    .replaceAll(/(?<=\S) {2,}/g, '  ');
}

/** Lines as a test shows them: below each other, with a newline behind each. */
export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

/** Makes dead letters of jobs with these ids, one after the other. Nobody handles the tube afterwards. */
export async function makeDead(
  bed: TestBed,
  tube: string,
  letters: Readonly<Record<string, unknown>>,
  reason = 'card declined',
) {
  const app = bed.handling(tube, () => {
    throw new DqGiveUp(reason);
  });
  for (const [at, [id, data]] of Object.entries(letters).entries()) {
    await app.producer(tube).delay(data, 0, { id });
    await app.event('copy-buried', 3 * (at + 1));
  }
  await app.close();
}
