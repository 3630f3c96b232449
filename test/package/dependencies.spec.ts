// What comes with nestjs-dq into the project of somebody who installs nothing else, and what of it is loaded.
import { copyFile, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { output, Project } from './project.js';
import { packInto } from './tarball.js';

/** Packages are installed from the registry. */
const INSTALL_MS = 300_000;

/** A package as `npm ls` shows it. One that stands in several places has its own packages in the first of them. */
interface Listed {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Listed>>;
}

/**
 * Where published advisories begin to apply no more: the first sound version of each major that has one. The names are those that
 * came with fivebeans and its command line, and those that come now.
 */
const SOUND: Readonly<Record<string, readonly string[]>> = {
  debug: ['2.6.9', '3.1.0', '4.4.3'],
  'hosted-git-info': ['2.8.9', '3.0.8'],
  ioredis: ['4.27.8'],
  'js-yaml': ['3.14.2', '4.1.1'],
  lodash: ['4.18.0'],
  ms: ['2.0.0'],
  semver: ['5.7.2', '6.3.1', '7.5.2'],
  y18n: ['3.2.2', '4.0.1', '5.0.5'],
  'yargs-parser': ['5.0.1', '13.1.2', '15.0.1', '18.1.1'],
};

let dir: string;
let cluster: TestCluster;
let project: Project;
/** Name and version of each package that nestjs-dq brings. */
let brought: ReadonlyMap<string, Listed>;

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-dq-dependencies-')));
  const tarball = await packInto(dir);
  project = await Project.create(join(dir, 'user'), 'module', { 'nestjs-dq': `file:${tarball.path}` });
  brought = packagesOf(await listing());
  cluster = await startCluster();
}, INSTALL_MS);

afterAll(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function listing(): Promise<Listed> {
  const args = ['ls', '--omit=dev', '--all', '--json', '--loglevel=error'];
  return JSON.parse(await output('npm', args, { cwd: project.dir })) as Listed;
}

/** All that hangs on nestjs-dq, without what only hangs on its peers: those are the user's. */
function packagesOf(tree: Listed): ReadonlyMap<string, Listed> {
  const full = new Map<string, Listed>();
  const index = (name: string, listed: Listed): void => {
    const key = `${name}@${listed.version ?? ''}`;
    if (!full.has(key) || listed.dependencies) full.set(key, listed);
    for (const [below, its] of Object.entries(listed.dependencies ?? {})) index(below, its);
  };
  index('', tree);
  const found = new Map<string, Listed>();
  const walk = (name: string, listed: Listed): void => {
    const key = `${name}@${listed.version ?? ''}`;
    if (found.has(key)) return;
    found.set(key, listed);
    const below = full.get(key)?.dependencies ?? {};
    for (const [its, child] of Object.entries(below)) if (!peers.has(its)) walk(its, child);
  };
  const own = tree.dependencies?.['nestjs-dq'];
  if (own) walk('nestjs-dq', own);
  return found;
}

const peers: ReadonlySet<string> = new Set(
  Object.keys(
    (
      JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
        readonly peerDependencies: Readonly<Record<string, string>>;
      }
    ).peerDependencies,
  ),
);

/** Whether no advisory is known of this version: it is not older than the first sound one of its own major, or of the next one that has one. */
function isSound(name: string, version: string): boolean {
  const bounds = SOUND[name];
  if (bounds === undefined) return true;
  const [major = 0] = numbersOf(version);
  const bound = bounds.find((one) => (numbersOf(one)[0] ?? 0) >= major);
  return bound === undefined || compare(version, bound) >= 0;
}

function numbersOf(version: string): readonly number[] {
  return version.split('-')[0]!.split('.').map(Number);
}

function compare(left: string, right: string): number {
  const [a, b] = [numbersOf(left), numbersOf(right)];
  return a.map((number, at) => number - (b[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** Name and version of each package that lies below a folder, however it came there. */
async function installed(folder: string): Promise<readonly (readonly [name: string, version: string])[]> {
  const files = await readdir(folder, { recursive: true });
  const manifests = files.filter((file) =>
    /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(`node_modules/${file}`),
  );
  return Promise.all(
    manifests.map(async (file) => {
      const { name, version } = JSON.parse(await readFile(join(folder, file), 'utf8')) as {
        readonly name: string;
        readonly version: string;
      };
      return [name, version] as const;
    }),
  );
}

describe('what a user installs', () => {
  it('is few packages', () => {
    expect([...brought.keys()]).toEqual(expect.arrayContaining([expect.stringMatching(/^nestjs-dq@/)]));
    expect([...brought.keys()].filter((key) => key.startsWith('ioredis@'))).toHaveLength(1);
    // fivebeans would bring 59 more.
    expect({ few: brought.size <= 12, brought: [...brought.keys()] }).toMatchObject({ few: true });
  });

  it('holds no version with a published advisory', async () => {
    const all = await installed(join(project.dir, 'node_modules'));
    expect(all.map(([name]) => name)).toEqual(expect.arrayContaining(['nestjs-dq', 'ioredis', '@nestjs/core']));
    expect(all.filter(([name, version]) => !isSound(name, version))).toEqual([]);
    // The table knows what is not sound (control).
    const old = { 'js-yaml': '3.6.1', lodash: '4.15.0', semver: '5.3.0', 'yargs-parser': '3.2.0' };
    expect(Object.entries(old).filter(([name, version]) => isSound(name, version))).toEqual([]);
  });

  it('can be installed again from the lock file of the user', async () => {
    await output('npm', ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--loglevel=error'], {
      cwd: project.dir,
    });
    expect(packagesOf(await listing())).toEqual(brought);
  }, 300_000);
});

describe('a job of real servers', () => {
  beforeAll(async () => {
    await copyFile(join(root, 'test', 'package', 'app.ts'), join(project.dir, 'app.ts'));
    expect(await project.compile(['app.ts'])).toMatchObject({ code: 0, stdout: '' });
  });

  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ReturnType<Project['node']> =>
    project.node(args, { BEANSTALKS: cluster.endpoints.join(','), REDIS_URL: cluster.redisUrl, ...env });

  it('runs without a word of deprecation, also of what Node only says outside of node_modules', async () => {
    const { code, stdout, stderr } = await run(['--throw-deprecation', '--pending-deprecation', 'app.js']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('order 3 early false');
  });

  it('loads nothing but what is needed: no YAML, no command line', async () => {
    const folder = join(dir, 'coverage');
    expect(await run(['app.js'], { NODE_V8_COVERAGE: folder })).toMatchObject({ code: 0 });
    // What V8 has compiled is what was loaded, by import or by require.
    const reports = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
    const urls = reports.flatMap((text) =>
      (JSON.parse(text) as { readonly result: readonly { readonly url: string }[] }).result.map(({ url }) => url),
    );
    const loaded = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
    expect(loaded.filter((file) => file.endsWith('nestjs-dq/dist/core/beanstalkd/fivebeans-client.js'))).toHaveLength(
      1,
    );
    const names = new Set(loaded.map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]));
    expect([...names]).toEqual(expect.arrayContaining(['nestjs-dq', 'ioredis', '@nestjs/core']));
    const needless = /^(fivebeans|js-yaml|esprima|argparse|lodash.*|semver|yargs.*)$/;
    expect([...names].filter((name) => name !== undefined && needless.test(name))).toEqual([]);
  });
});
