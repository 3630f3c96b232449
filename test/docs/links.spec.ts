import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';
import { anchors, links, pages, read } from './markdown.js';

const SOURCES = ['lib', 'faults', 'simulation', 'bench', 'scripts', 'sample-app', 'test'];

/** What is wrong with a link of a page, or undefined. */
function fault(page: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const meant = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, meant))) return `${page}: there is no ${meant}`;
  if (anchor === undefined || extname(meant) !== '.md') return undefined;
  return anchors(read(meant)).has(anchor) ? undefined : `${page}: ${meant} has no heading for #${anchor}`;
}

function faults(page: string, text: string): readonly string[] {
  return links(text).flatMap((target) => fault(page, target) ?? []);
}

describe('links', () => {
  it.each(pages())('of %s lead somewhere', (page) => {
    expect(faults(page, read(page))).toEqual([]);
  });

  it('that lead nowhere are found (control)', () => {
    const text = '[a](nowhere.md) [b](#nowhere) [c](#what-it-promises) [d](docs/README.md#nowhere) `[e](code.md)`';
    expect(faults('README.md', text)).toEqual([
      'README.md: there is no nowhere.md',
      'README.md: README.md has no heading for #nowhere',
      'README.md: docs/README.md has no heading for #nowhere',
    ]);
  });

  it('lead from README to every page of docs', () => {
    const seen = new Set(['README.md']);
    for (const page of seen) {
      for (const target of links(read(page))) {
        const path = normalize(join(dirname(page), target.split('#')[0] ?? ''));
        if (/^docs\/.*\.md$/.test(path) && existsSync(join(root, path))) seen.add(path);
      }
    }
    expect(pages().filter((page) => page.startsWith('docs/') && !seen.has(page))).toEqual([]);
  });
});

it('pages that the sources name are there', () => {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const missing = files.flatMap((file) => {
    const named = readFileSync(file, 'utf8').match(/\bdocs\/[\w/-]+\.(md|svg)\b/g) ?? [];
    return named.filter((page) => !existsSync(join(root, page))).map((page) => `${file}: ${page}`);
  });
  expect(files.length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});
