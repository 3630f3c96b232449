import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import * as lib from 'nestjs-dq';
import * as testing from 'nestjs-dq/testing';
import { root } from '../../scripts/root.mjs';
import { anchors, read } from './markdown.js';

it('the reference is what the types say', () => {
  // Its message says which page is not, and what to run.
  execFileSync(process.execPath, [join(root, 'scripts', 'reference.mjs'), '--check'], { stdio: 'pipe' });
});

it('the reference has every error that can be imported', () => {
  const names = Object.keys({ ...lib, ...testing }).filter((name) => /^Dq\w+Error$/.test(name) && name !== 'DqError');
  const known = anchors(read('docs/reference/errors.md'));
  expect(names.length).toBeGreaterThan(25);
  expect(names.filter((name) => !known.has(name.toLowerCase()))).toEqual([]);
});
