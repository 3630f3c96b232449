import { DqGiveUp } from '../../lib/core/consumer/outcome.js';
import type { TestBed } from '../support/test-bed.js';

/** Where commands find the servers of a bed. */
export function environmentOf({ cluster }: TestBed): Record<string, string> {
  return { DQ_BEANSTALKS: cluster.endpoints.join(','), REDIS_URL: cluster.redisUrl };
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
