// The published entry, as another project loads and compiles it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, library } from '../../scripts/build.mjs';
import { dataDir, root } from '../../scripts/root.mjs';
import { run } from '../package/project.js';

let dir: string;

beforeAll(() => {
  ensureBuilt(library);
  mkdirSync(dataDir, { recursive: true });
  // Below the package, where its own name leads to what package.json exports.
  dir = mkdtempSync(join(dataDir, 'testing-entry-'));
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

const CHECK = `
for (const name of ['DqTesting', 'DqTestingModule', 'useDqTesting', 'DqStillRunningError']) {
  if (typeof testing[name] !== 'function') throw new Error(name);
}
if (!(new testing.DqTestTimeError('') instanceof dq.DqError)) throw new Error('two copies');
`;

describe('nestjs-dq/testing', () => {
  it.each([
    ['loaded.cjs', "const dq = require('nestjs-dq');\nconst testing = require('nestjs-dq/testing');"],
    ['loaded.mjs', "import * as dq from 'nestjs-dq';\nimport * as testing from 'nestjs-dq/testing';"],
  ])('can be loaded by %s', async (file, load) => {
    writeFileSync(join(dir, file), `${load}\n${CHECK}`);
    const result = await run(process.execPath, [join(dir, file)], { cwd: root, env: { NODE_OPTIONS: '' } });
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('is typed for moduleResolution node16', async () => {
    writeFileSync(
      join(dir, 'typed.mts'),
      `import { Test } from '@nestjs/testing';
import { DqModule } from 'nestjs-dq';
import { dqMatchers, DqTesting, DqTestingModule, useDqTesting, type DqTestJob, type DqRunResult } from 'nestjs-dq/testing';

const builder = useDqTesting(Test.createTestingModule({ imports: [DqModule.forRoot({ embedded: true })] }), { date: true });
const module = await builder.overrideProvider('x').useValue(1).compile();
const dq: DqTesting = module.get(DqTesting);
const jobs: readonly DqTestJob[] = dq.scheduled('orders');
const result: DqRunResult = await dq.run('orders', {});
if (result.outcome === 'failed') console.log(result.retryIn, result.error);
console.log(jobs, dqMatchers.toHaveScheduled(dq, 'orders', { in: '5m' }).pass);
DqTestingModule.forRoot({ tubes: ['orders', { name: 'mails', attempts: 2 }] }, { now: new Date(0) });
// @ts-expect-error servers have no place here
DqTestingModule.forRoot({ redis: 'redis://127.0.0.1' });
// @ts-expect-error a duration or a number
await dq.advance(true);
`,
    );
    const compilerOptions = {
      target: 'ES2023',
      module: 'node16',
      moduleResolution: 'node16',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
    };
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.mts'] }));
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(await run(process.execPath, [compiler, '-p', dir], { cwd: root })).toMatchObject({ code: 0, stdout: '' });
  });
});
