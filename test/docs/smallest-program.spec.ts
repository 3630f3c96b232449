// The smallest program that pages show is run on servers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { deathPrefix } from '../../scripts/death-prefix.mjs';
import { root } from '../../scripts/root.mjs';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

describe('the smallest program', () => {
  const bed = testBed();

  it('prints the handle, runs its job, and ends with SIGTERM', async () => {
    const loader = join(root, 'harness', 'typescript-loader.mjs');
    const program = join(root, 'test', 'docs', 'pages', 'smallest-program.ts');
    const [command, ...args] = [...deathPrefix(), process.execPath, '--import', loader, program];
    const { endpoints, redisUrl } = bed.cluster;
    const env = { ...process.env, DQ_BEANSTALKS: endpoints.join(','), REDIS_URL: redisUrl };
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += String(chunk)));
    const exited = once(child, 'exit');
    try {
      // It waits five seconds, once it has loaded; how long that takes is the machine's matter.
      const over = (): boolean => printed.includes('order 42, due at') || child.exitCode !== null;
      await until(over, { timeout: 50_000 });
      expect(printed).toMatch(/^\d\S+\/orders\/\d+,.*,[\w-]{22}$/m);
      expect(printed).toMatch(/order 42, due at \S+Z, attempt 1/);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exited).toEqual([null, 'SIGTERM']);
  });
});
