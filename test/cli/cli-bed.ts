import type { TestBed } from '../support/test-bed.js';

/** Where commands find the servers of a bed. */
export function environmentOf({ cluster }: TestBed): Record<string, string> {
  return { DQ_BEANSTALKS: cluster.endpoints.join(','), REDIS_URL: cluster.redisUrl };
}

/** An output with ports that are the same each time: the nodes are n1, n2 and n3. */
export function stable({ cluster }: TestBed, text: string): string {
  return cluster.endpoints.reduce(
    (shown, endpoint, at) => shown.replaceAll(endpoint, `10.0.0.${at + 1}:11300`.padEnd(endpoint.length)),
    text,
  );
}

/** Lines as a test shows them: below each other, with a newline behind each. */
export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
