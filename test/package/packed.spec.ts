import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { vendorFiles } from '../../scripts/dashboard-page.mjs';
import { nodeLines } from '../../scripts/node-binaries.mjs';
import { root } from '../../scripts/root.mjs';
import { keepsFiles } from '../support/describe-file.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { output, Project } from './project.js';
import { packInto } from './tarball.js';

/** Packages are installed from the registry. */
const INSTALL_MS = 300_000;
/** It runs in a browser. */
const PAGE = 'dist/dashboard/page/';
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>> | string>>;
  readonly typesVersions: Readonly<Record<'*', Readonly<Record<string, readonly string[]>>>>;
  readonly main: string;
  readonly types: string;
  readonly type: string;
  readonly sideEffects: boolean;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: unknown;
};

let dir: string;
let tarball: string;
let packed: readonly string[];
let cluster: TestCluster;

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-dq-pack-')));
  ({ path: tarball, files: packed } = await packInto(dir));
  cluster = await startCluster();
}, INSTALL_MS);

afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('the tarball', () => {
  it('has what package.json lists, and nothing else', () => {
    const others = packed.filter(
      (file) =>
        !file.startsWith(PAGE) &&
        !/^(dist\/.+\.(js|d\.ts)|dist\/core\/base\/library-folder\.cjs|compose\.yaml|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(
          file,
        ),
    );
    expect(others).toEqual([]);
    const named = manifest.files.filter((file) => file !== 'dist');
    expect(packed).toEqual(expect.arrayContaining(['package.json', ...named]));
    expect(packed.filter((file) => /\.spec\.|(^|\/)tests?\//.test(file))).toEqual([]);
  });

  it('has the page of the dashboard as it is written, and what it loads of others, with their licences', async () => {
    const written = await readdir(join(root, 'lib', 'dashboard', 'page'), { recursive: true });
    const shown = written.filter((file) => /\.(js|css|html|svg)$/.test(file));
    const vendor = [...vendorFiles().keys()].map((name) => join('vendor', name));
    expect(packed.filter((file) => file.startsWith(PAGE)).toSorted()).toEqual(
      [...shown, ...vendor].map((file) => `${PAGE}${file}`).toSorted(),
    );
    for (const file of vendor.filter((name) => name.endsWith('.js'))) {
      expect(vendor).toContain(file.replace(/(-\w+)?\.js$/, '.LICENSE'));
    }
    for (const file of shown) {
      const lines = (await readFile(join(root, PAGE, file), 'utf8')).split('\n').length;
      expect({ file, isShort: lines <= 300 }).toEqual({ file, isShort: true });
    }
  });

  it('has a declaration for each file of code', () => {
    const code = packed.filter((file) => file.endsWith('.js') && !file.startsWith(PAGE));
    expect(code.length).toBeGreaterThan(20);
    expect(code.filter((file) => !packed.includes(file.replace(/\.js$/, '.d.ts')))).toEqual([]);
  });

  it('can be compiled to CommonJS, as ts-jest does it, which knows no import.meta; no test loads the command line', async () => {
    for (const file of packed.filter((name) => name.endsWith('.js') && !/^dist\/(cli|dashboard\/page)\//.test(name))) {
      const text = await readFile(join(root, file), 'utf8');
      expect({ file, isPlain: !text.includes('import.meta') }).toEqual({ file, isPlain: true });
    }
  });

  it('has one file for import and require, with types first', () => {
    for (const [name, target] of Object.entries(manifest.exports)) {
      const targets = typeof target === 'string' ? { default: target } : target;
      if (name !== './package.json') expect(Object.keys(targets)).toEqual(['types', 'default']);
      for (const file of Object.values(targets)) expect(packed).toContain(file.replace('./', ''));
    }
    expect(manifest).toMatchObject({ type: 'module', sideEffects: false });
    expect(packed).toContain(manifest.main.replace('./', ''));
    expect(packed).toContain(manifest.types.replace('./', ''));
  });

  it('asks for the Nodes that are tested, and leaves none of these out', () => {
    const asked = manifest.engines['node']?.split(' || ').map((range) => Number(/^(?:\^|>=)(\d+)\./.exec(range)?.[1]));
    expect(asked).toEqual(nodeLines);
  });

  it('tells compilers that do not read exports of the same types', () => {
    const told = Object.entries(manifest.exports).flatMap(([name, target]) =>
      typeof target === 'string' || name === '.' ? [] : [[name.replace('./', ''), [target['types']]]],
    );
    expect(manifest.typesVersions).toEqual({ '*': Object.fromEntries(told) });
  });

  it('imports nothing but what it depends on', async () => {
    const known = new Set([...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]);
    const imported = new Set<string>();
    for (const file of packed.filter((name) => name.startsWith('dist/') && !name.startsWith(PAGE))) {
      const text = await readFile(join(root, file), 'utf8');
      for (const [, name = ''] of text.matchAll(
        /(?<![.\w'])(?:from|import) ?\(?['"]((?:@[^/'"]+\/)?[^./'"][^/'"]*)/g,
      )) {
        if (name.startsWith('node:')) continue;
        expect({ file, name, isKnown: known.has(name) }).toEqual({ file, name, isKnown: true });
        imported.add(name);
      }
    }
    expect([...known].filter((name) => !imported.has(name) && name !== 'reflect-metadata')).toEqual([]);
    const optional = { optional: true };
    expect(manifest.peerDependenciesMeta).toEqual({ '@nestjs/terminus': optional, '@opentelemetry/api': optional });
  });

  it('shows nothing of the machine it was made on', async () => {
    for (const file of packed) {
      const text = await readFile(join(root, file), 'utf8');
      expect({ file, shows: text.includes(root) }).toEqual({ file, shows: false });
    }
  });
});

describe.each([
  ['an ES module on Nest 12', 'module', '^12.0.0'],
  ['CommonJS on Nest 11', 'commonjs', '^11.0.0'],
] as const)('%s', (_, type, nest) => {
  let project: Project;

  beforeAll(async () => {
    project = await Project.create(join(dir, type), type, {
      'nestjs-dq': `file:${tarball}`,
      '@nestjs/common': nest,
      '@nestjs/core': nest,
      'reflect-metadata': '^0.2.2',
      rxjs: '^7.8.0',
    });
  }, INSTALL_MS);

  it('installs with no more than it needs', async () => {
    const tree = await output('npm', ['ls', '--all', '--parseable', '--loglevel=error'], { cwd: project.dir });
    const names = tree.split('\n').map((path) => path.split('node_modules/').at(-1) ?? '');
    expect(names).toEqual(expect.arrayContaining(['nestjs-dq', 'ioredis', 'ms']));
    expect(names.filter((name) => /^(fivebeans|bullmq|typescript|jest|@nestjs\/testing|@swc\/.*)$/.test(name))).toEqual(
      [],
    );
    // One of each: two copies of Nest would have two of each token.
    expect(names.filter((name) => name === '@nestjs/core')).toHaveLength(1);
    expect(await readdir(join(project.dir, 'node_modules', 'nestjs-dq'))).toContain('dist');
  });

  it('compiles strictly, and our declarations are sound', async () => {
    await copyFile(join(root, 'test', 'package', 'app.ts'), join(project.dir, 'app.ts'));
    await project.write(
      'names.ts',
      "import * as dq from 'nestjs-dq';\nexport const module: typeof dq.DqModule = dq.DqModule;\n",
    );
    await project.write(
      'subpaths.ts',
      "import { DqCron, DqCronModule, DqScheduler, type DqOccurrence } from 'nestjs-dq/cron';\n" +
        "export class Crons { @DqCron({ every: '15m' }) run(at: DqOccurrence): void { void at.slot; } }\n" +
        "export const crons = () => [DqCronModule.forRoot({ tube: 'crons' }), DqScheduler.preview('0 9 * * *')];\n" +
        "import { DqDashboardModule } from 'nestjs-dq/dashboard';\n" +
        "export const page = () => DqDashboardModule.forRoot({ unguarded: true, readOnly: (context) => context.getType() === 'http' });\n" +
        "import { DqOtelModule } from 'nestjs-dq/otel';\nimport { DqTesting } from 'nestjs-dq/testing';\n" +
        "export const traced = () => DqOtelModule.forRoot({ relation: 'parent' });\nexport const testing = DqTesting;\n",
    );
    const files = ['app.ts', 'names.ts', 'subpaths.ts'];
    const checked = await project.compile(files, { skipLibCheck: false, noEmit: true });
    const ours = checked.stdout.split('\n').filter((line) => /nestjs-dq|^(app|names|subpaths)\.ts/.test(line));
    expect(ours).toEqual([]);
    // As the command line of Nest sets it up.
    expect(await project.compile(files, { isolatedModules: true })).toMatchObject({
      code: 0,
      stdout: '',
    });
  });

  it('can be imported and required', async () => {
    const names = 'DqModule DqProducer DqHandler InjectDqProducer DqError'.split(' ');
    const check = `for (const name of ${JSON.stringify(names)}) if (typeof dq[name] !== 'function') throw new Error(name);`;
    await project.write('plain.cjs', `const dq = require('nestjs-dq');\n${check}\n`);
    await project.write('plain.mjs', `import * as dq from 'nestjs-dq';\n${check}\n`);
    await project.write(
      'both.cjs',
      "const dq = require('nestjs-dq');\n" +
        "import('nestjs-dq').then((other) => { if (other.DqModule !== dq.DqModule) throw new Error('two copies'); });\n",
    );
    for (const file of ['plain.cjs', 'plain.mjs', 'both.cjs']) {
      expect({ file, ...(await project.node([file])) }).toMatchObject({ file, code: 0, stdout: '' });
    }
  });

  it('keeps an embedded queue in a file from one start to the next, without a warning, or says which Node can', async () => {
    await project.write(
      'keep.cjs',
      "require('reflect-metadata');\n" +
        "const { Module } = require('@nestjs/common');\n" +
        "const { NestFactory } = require('@nestjs/core');\n" +
        "const { DqModule, getDqProducerToken } = require('nestjs-dq');\n" +
        'class App {}\n' +
        "const dq = () => DqModule.forRoot({ embedded: { file: 'jobs' }, tubes: ['work'], consume: false, logger: false });\n" +
        'Module({ imports: [dq()] })(App);\n' +
        'const start = () => NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });\n' +
        'start().then(async (app) => {\n' +
        "  const handle = await app.get(getDqProducerToken('work')).delay('x', '1h');\n" +
        "  console.log(handle.split(',')[0]);\n" +
        '  await app.close();\n' +
        '}, ({ message }) => console.log(message));\n',
    );
    const first = await project.node(['keep.cjs']);
    if (!keepsFiles) {
      expect(first).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Expected Node 22.13 or later'),
        stderr: '',
      });
      return;
    }
    expect(first).toEqual({ code: 0, stdout: 'embedded/work/1\n', stderr: '' });
    expect(await project.node(['keep.cjs'])).toEqual({ code: 0, stdout: 'embedded/work/2\n', stderr: '' });
  });

  it('runs jobs, and ends by itself', async () => {
    const env = { BEANSTALKS: cluster.endpoints.join(','), REDIS_URL: cluster.redisUrl };
    const { code, stdout, stderr } = await project.node(['app.js'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual([
      'request true 7',
      'transient true true',
      'guard dq true',
      'interceptor',
      'enhanced 2',
      'filter dq out of range',
      'revoke revoked',
      'handle of enough copies',
      'order 3 early false',
      'drained with database true',
      'database closed',
      'database closed',
      'closed',
    ]);
  });

  it(
    'loads every subpath by import and by require; one whose peer is missing says so in forRoot, and not before',
    async () => {
      const subpaths = Object.keys(manifest.exports).filter((name) => name !== './package.json');
      const names = subpaths.map((name) => JSON.stringify(name.replace('.', 'nestjs-dq')));
      const says =
        'const tell = async () => { for (const module of [DqOtelModule, DqHealthModule]) ' +
        "try { await module.forRoot(); console.log('made'); } catch (error) { console.log(error.code, error.message); } };\ntell();\n";
      await project.write(
        'subpaths.cjs',
        `${names.map((name) => `require(${name});`).join('\n')}\nconst { DqOtelModule } = require('nestjs-dq/otel');\nconst { DqHealthModule } = require('nestjs-dq/health');\n${says}`,
      );
      await project.write(
        'subpaths.mjs',
        `${names.map((name) => `import ${name};`).join('\n')}\nimport { DqOtelModule } from 'nestjs-dq/otel';\nimport { DqHealthModule } from 'nestjs-dq/health';\n${says}`,
      );
      const missing = expect.stringMatching(
        /^DQ_OPTIONS Expected the package @opentelemetry\/api .*npm install.*\nDQ_OPTIONS Expected the package @nestjs\/terminus .*npm install/,
      );
      for (const stdout of [missing, 'made\nmade\n']) {
        for (const file of ['subpaths.cjs', 'subpaths.mjs']) {
          expect({ file, ...(await project.node([file])) }).toMatchObject({ file, code: 0, stdout });
        }
        if (stdout === missing)
          await project.install(
            ...['@opentelemetry/api', '@nestjs/terminus'].map((peer) => `${peer}@${manifest.peerDependencies[peer]}`),
          );
      }
    },
    INSTALL_MS,
  );
});
