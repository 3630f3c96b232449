import { expect, it } from '@jest/globals';
import { Histories } from '../../../../lib/embedded/claims/histories.js';

const HOLDER = { token: 'me', leaseMs: 1_000 };

function written(count: number, history: { readonly last: number; readonly forMs: number }): Histories {
  const histories = new Histories();
  for (let at = 0; at < count; at++) {
    const entry = { id: `job-${at}`, outcome: 'done', lateMs: 0, tookMs: 0, error: '' } as const;
    const request = { key: `key-${at}`, attempt: 1, outcome: { kind: 'done' }, copies: 1, entry } as const;
    histories.note({ tube: 'work', history }, HOLDER, request, at);
  }
  return histories;
}

it('a history in memory has no more than its last entries, in pages, and nothing that is too old', () => {
  const byCount = written(5_000, { last: 100, forMs: 1e9 });
  expect(byCount.read('work', 1_000).map(({ id }) => id)).toEqual(
    Array.from({ length: 100 }, (_, at) => `job-${4_999 - at}`),
  );
  const [, second] = byCount.read('work', 2);
  expect(byCount.read('work', 1, second?.place)).toMatchObject([{ id: 'job-4997' }]);
  const byAge = written(5_000, { last: 10_000, forMs: 250 });
  expect(byAge.read('work', 1_000).map(({ atMs }) => atMs)).toEqual(Array.from({ length: 251 }, (_, at) => 4_999 - at));
  expect(byAge.read('another', 10)).toEqual([]);
});
