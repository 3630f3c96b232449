// Handlers are found, made callable and followed through parts of Nest that are not documented: here on the older release that is supported.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PackedFolder } from './packed-folder.js';

let folder: PackedFolder;
let script: string;

beforeAll(async () => {
  folder = await PackedFolder.create();
  await folder.install({
    '@nestjs/common': '^11.0.0',
    '@nestjs/core': '^11.0.0',
    'reflect-metadata': '^0.2.2',
    rxjs: '^7.8.0',
  });
  await folder.copy();
  script = await folder.script('handlers-script.ts');
}, 300_000);

afterAll(() => folder.remove());

it('Nest 11: under other decorators, with decorated parameters, and in a module that is loaded later', async () => {
  const { code, stdout, stderr } = await folder.node(script);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toEqual([
    'guard for owner',
    'traced',
    'order 8',
    'mail',
    expect.stringMatching(/^Expected parameter 1 of WrongJobs\.run without a decorator of routes/),
  ]);
});
