// What `npm start` refuses before it builds or starts anything.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';

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
