// What `npm start` refuses before it builds or starts anything, and which lines of the shop it shows.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';
import { readable } from '../../scripts/shop-log.mjs';

/** A start that is not refused runs until it is told to end. */
const LONGEST_MS = 20_000;
const FILE = { DQ_FILE: '/var/lib/shop/jobs' };

it.each([
  ['DQ_BEANSTALKS', { ...FILE, DQ_BEANSTALKS: '10.0.0.1:11300' }, []],
  ['REDIS_URL', { ...FILE, REDIS_URL: 'redis://10.0.0.9:6379' }, []],
  ['DQ_BEANSTALKS, REDIS_URL', { ...FILE, DQ_BEANSTALKS: '10.0.0.1:11300', REDIS_URL: 'redis://10.0.0.9:6379' }, []],
  ['start:cluster', FILE, ['--cluster']],
])('a file beside servers is refused in one line: %s', (servers, queue, args) => {
  const env = { PATH: process.env['PATH'], ...queue };
  const script = join(root, 'scripts', 'start.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    env,
    encoding: 'utf8',
    timeout: LONGEST_MS,
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toBe(
    `Expected servers (${servers}) or DQ_FILE, which keeps jobs without servers, got both. Leave out DQ_FILE, or the servers.\n`,
  );
});

it('orders of the other customers are not shown, their errors and all other orders are', () => {
  const line = (context: string, message: string, level = '  LOG') =>
    `[shop] 7  - 11/28/2026, 3:36:10 PM   ${level} [${context}] ${message}`;
  const lines = [
    line('RouterExplorer', 'Mapped {/orders, POST} route'),
    line('Orders', 'order 11 placed: reminder at 3:36:14 PM'),
    line('Orders', 'order 22 placed: reminder at 3:36:14 PM; confirmation to ann-1@customers.example'),
    line('Orders', 'order 33 placed: reminder at 3:36:14 PM; confirmation to ann@example.org'),
    ...['11', '22', '33'].map((id) => line('Orders', `order ${id} paid`)),
    line('DqModule', 'Job a of tube b is given up: nobody has the address ann@customers.invalid', 'ERROR'),
  ];
  expect(lines.map(readable)).toEqual([
    undefined,
    '3:36:10 PM  order 11 placed: reminder at 3:36:14 PM',
    undefined,
    '3:36:10 PM  order 33 placed: reminder at 3:36:14 PM; confirmation to ann@example.org',
    '3:36:10 PM  order 11 paid',
    undefined,
    '3:36:10 PM  order 33 paid',
    lines.at(-1),
  ]);
});
