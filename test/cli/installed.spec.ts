// The command as a user has it: from the registry's file, in a folder of its own, with nothing beside the package but its dependencies.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Project, type Result, run } from '../package/project.js';
import { packInto } from '../package/tarball.js';
import { startCluster, type TestCluster } from '../support/cluster.js';

const INSTALL_MS = 300_000;

let dir: string;
let project: Project;
let cluster: TestCluster;

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-dq-cli-')));
  const { path: tarball } = await packInto(dir);
  const home = join(dir, 'ops');
  await mkdir(home);
  // Without the peers, as where no application is.
  await writeFile(join(home, '.npmrc'), 'legacy-peer-deps=true\n');
  project = await Project.create(home, 'commonjs', { 'nestjs-dq': `file:${tarball}` });
  cluster = await startCluster();
}, INSTALL_MS);

afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Through the link that npm makes, from another folder. */
function dq(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const bin = join(project.dir, 'node_modules', '.bin', 'nestjs-dq');
  return run(bin, args, { cwd: dir, env: { ...process.env, NODE_OPTIONS: '', ...env } });
}

describe('nestjs-dq, installed', () => {
  it('shows its commands and its version without Nest, and without servers', async () => {
    expect(existsSync(join(project.dir, 'node_modules', '@nestjs'))).toBe(false);
    const help = await dq(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['counts', 'dead', 'schedules', 'doctor', 'cluster'])
      expect(help.stdout).toContain(`  ${command} `);
    expect(await dq(['--version'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  it('asks the servers that the environment names, and ends', async () => {
    const env = { DQ_BEANSTALKS: cluster.endpoints.join(','), REDIS_URL: cluster.redisUrl };
    const counts = await dq(['counts', 'orders', '--json'], env);
    expect(counts).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(counts.stdout)).toMatchObject({
      counts: cluster.endpoints.map((node) => ({ node, reachable: true })),
      away: [],
    });
    expect(await dq(['schedules', 'list'], env)).toEqual({ code: 0, stdout: 'There are no schedules.\n', stderr: '' });
  });

  it('ends with 2 without addresses, and with 3 where nothing listens, without the password', async () => {
    expect(await dq(['counts'], { DQ_BEANSTALKS: '', REDIS_URL: '' })).toMatchObject({ code: 2, stdout: '' });
    const env = { DQ_BEANSTALKS: '127.0.0.1:1,127.0.0.1:2', REDIS_URL: 'redis://:s3cret@127.0.0.1:1' };
    const away = await dq(['paused', 'orders'], env);
    expect(away).toMatchObject({ code: 3, stdout: '' });
    expect(away.stderr).not.toContain('s3cret');
  });

  it('ends when it is interrupted', async () => {
    const code = [
      "const { spawn } = require('node:child_process');",
      "const child = spawn(process.argv[1], ['counts', '--watch', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });",
      "child.stdout.once('data', () => child.kill('SIGINT'));",
      "child.on('exit', (code, signal) => console.log(code, signal));",
    ].join('\n');
    const env = { DQ_BEANSTALKS: cluster.endpoints.join(','), REDIS_URL: cluster.redisUrl };
    const bin = join(project.dir, 'node_modules', '.bin', 'nestjs-dq');
    expect(await project.node(['-e', code, bin], env)).toEqual({ code: 0, stdout: '0 null\n', stderr: '' });
  });
});
