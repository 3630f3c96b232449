// What the doctor finds of an application's packages, in a folder that npm, or pnpm, could have filled.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { examineApp } from '../../../lib/cli/doctor/app.js';
import type { Finding } from '../../../lib/cli/doctor/finding.js';
import { root } from '../../../scripts/root.mjs';
import { ran } from '../cli-run.js';

const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object;
const PEERS = {
  '@nestjs/common': '11.1.2',
  '@nestjs/core': '11.1.2',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.1',
};

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nestjs-dq-app-'));
  writeFileSync(join(dir, 'package.json'), '{"name":"shop"}');
  add('nestjs-dq', own);
  for (const [name, version] of Object.entries(PEERS)) add(name, { name, version });
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function add(path: string, manifest: object): void {
  const file = join(dir, 'node_modules', path, 'package.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(manifest));
}

async function found(check: string, folder = dir): Promise<Finding | undefined> {
  return (await examineApp(folder)).find((finding) => finding.check === check);
}

describe('an application', () => {
  it('that is well has no fault; peers that it may lack are not missed', async () => {
    const findings = await examineApp(dir);
    expect(findings.map(({ check, level }) => [check, level])).toEqual(
      ['nestjs-dq', ...Object.keys(PEERS), 'nestjs-dq once', '@nestjs/core once'].map((check) => [check, 'ok']),
    );
  });

  it('gets packages of the folders above it, as Node finds them', async () => {
    const below = join(dir, 'apps', 'shop');
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, 'package.json'), '{"name":"shop"}');
    expect(await found('rxjs', below)).toMatchObject({ level: 'ok', found: '7.8.1' });
    expect(await found('nestjs-dq once', below)).toMatchObject({ level: 'ok' });
    const second = join(below, 'node_modules', 'nestjs-dq');
    mkdirSync(second, { recursive: true });
    writeFileSync(join(second, 'package.json'), JSON.stringify(own));
    expect(await found('nestjs-dq once', below)).toMatchObject({ level: 'error' });
  });

  it.each([
    ['10.4.0', 'error'],
    ['13.0.0', 'error'],
    ['12.0.1', 'ok'],
    ['latest', 'warn'],
  ])('with @nestjs/core %s is %s', async (version, level) => {
    add('@nestjs/core', { name: '@nestjs/core', version });
    expect(await found('@nestjs/core')).toMatchObject({ level });
  });

  it('with a peer that it may lack has it in its range', async () => {
    add('@opentelemetry/api', { version: '0.9.0' });
    expect(await found('@opentelemetry/api')).toMatchObject({
      level: 'error',
      todo: expect.stringContaining('^1.9.0'),
    });
  });

  it('without a peer, or without the package, says how to install it', async () => {
    rmSync(join(dir, 'node_modules', 'rxjs'), { recursive: true });
    rmSync(join(dir, 'node_modules', 'nestjs-dq'), { recursive: true });
    expect(await found('rxjs')).toMatchObject({ level: 'error', todo: expect.stringContaining('npm install rxjs') });
    expect(await found('nestjs-dq')).toMatchObject({ level: 'error', todo: 'npm install nestjs-dq' });
  });

  it.each(['nestjs-dq', '@nestjs/core'])('with two copies of %s names both', async (name) => {
    add(`@acme/mails/node_modules/${name}`, { name, version: '0.0.9' });
    expect(await found(`${name} once`)).toMatchObject({
      level: 'error',
      found: expect.stringMatching(/^2 copies: .* at \/.*, .* at \/.*0?/),
      todo: expect.stringContaining(`npm ls ${name}`),
    });
    expect((await found(`${name} once`))?.found).toContain(join('@acme', 'mails', 'node_modules', name));
  });

  it('of pnpm has links to one copy', async () => {
    const store = join(dir, 'node_modules', '.pnpm');
    for (const name of ['nestjs-dq', 'rxjs']) {
      const place = join(store, `${name}@1`, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      rmSync(join(dir, 'node_modules', name), { recursive: true });
      mkdirSync(place);
      writeFileSync(join(place, 'package.json'), JSON.stringify(name === 'rxjs' ? { version: '7.8.1' } : own));
      symlinkSync(place, join(dir, 'node_modules', name));
    }
    expect(await found('nestjs-dq once')).toMatchObject({ level: 'ok' });
    add('.pnpm/nestjs-dq@2/node_modules/nestjs-dq', own);
    expect(await found('nestjs-dq once')).toMatchObject({ level: 'error' });
  });

  it('that is not there is an error', async () => {
    expect(await found('package.json', join(dir, 'nowhere'))).toMatchObject({
      level: 'error',
      found: expect.stringContaining('ENOENT'),
    });
    writeFileSync(join(dir, 'package.json'), 'no JSON');
    expect(await found('package.json')).toMatchObject({ level: 'error' });
  });

  it('can be looked at without servers', async () => {
    const { code, out, err } = await ran(['doctor', '--app', dir]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`application ${dir}`);
    expect(out).toContain('this machine');
    add('rxjs', { version: '6.0.0' });
    expect((await ran(['doctor', '--app', dir])).code).toBe(4);
  });
});
