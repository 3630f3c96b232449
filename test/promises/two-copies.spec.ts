// A library may bring its own copy of this package: what its handlers return and what its code catches means the same, and what cannot
// work is said.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PackedFolder } from './packed-folder.js';

interface Said {
  readonly told: readonly Readonly<Record<string, unknown>>[];
  readonly warnings: readonly string[];
}

let folder: PackedFolder;
let script: string;

beforeAll(async () => {
  folder = await PackedFolder.create();
  await folder.copy();
  await folder.copy('library');
  await folder.write('library/index.cjs', '');
  script = await folder.script('two-copies-script.ts');
});

afterAll(() => folder.remove());

async function said(scenario: 'one' | 'two'): Promise<Said> {
  const { code, stdout, stderr } = await folder.node(script, { SCENARIO: scenario });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Said;
}

describe('with a second copy in a library', () => {
  let two: Said;

  beforeAll(async () => {
    two = await said('two');
  });

  it('its handlers are found, and its DqAgain and DqGiveUp are understood', () => {
    expect(two.told[0]).toEqual({ again: 2, failed: 0, dead: 'the handler gave it up: as it was told' });
  });

  it('its error classes know the errors of ours', () => {
    expect(two.told[1]).toEqual({ same: false, isDqError: true, isDelayError: true, isDateError: false });
  });

  it('every error class knows its own kind from the other copy, and nothing else', () => {
    expect(two.told[2]).toEqual({
      classes: expect.any(Number),
      strangers: [],
      subclass: [true, true, false, false],
      others: 0,
    });
  });

  it('one warning at boot says which copies, and what to do', () => {
    const places = [folder.dir, join(folder.dir, 'library')].map((dir) => join(dir, 'node_modules', 'nestjs-dq'));
    expect(two.warnings).toHaveLength(1);
    const [warning = ''] = two.warnings;
    expect(warning).toMatch(
      /^warn: Expected one copy of nestjs-dq in this process, got 2: \d+\.\d+\.\d+ at .*npm ls nestjs-dq/,
    );
    for (const place of places) expect(warning).toContain(place);
  });

  it('who injects a class of the other copy is told so', () => {
    const { producer, inspector, feature, roots, never } = two.told[3] ?? {};
    expect(producer).toMatch(
      /got DqProducer of another one\..*got 2: .*@InjectDqProducer\('orders'\) is the same in all copies/,
    );
    expect(inspector).toMatch(/got DqInspector of another one/);
    expect(feature).toMatch(/got DqModule of another one/);
    expect(roots).toMatch(/got DqModule of another one|once in an application, got it 2 times.*got 2: /);
    // Who is never made is not refused.
    expect(never).toBe('started');
  });
});

it('with one copy, nothing is said (control)', async () => {
  const { told, warnings } = await said('one');
  expect(warnings).toEqual([]);
  expect(told[0]).toEqual({ again: 2, failed: 0, dead: 'the handler gave it up: as it was told' });
  expect(told[1]).toMatchObject({ same: true, isDelayError: true });
});
