// What this package uses of Nest beyond its public entry points. Nest may move these without a word, so each stands here, and is looked for.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';

const DEEP = /^import (type )?\{([^}]*)\} from '(@nestjs\/[a-z]+\/[^']+)';/gm;

/** The values that lib imports from inside Nest, by the file they come from. Types are the compiler's to find. */
async function deepImports(): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const name of await readdir(join(root, 'lib'), { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    for (const [, type, names = '', file = ''] of (await readFile(join(root, 'lib', name), 'utf8')).matchAll(DEEP)) {
      const values = names.split(',').map((one) => one.trim());
      const of = found.get(file) ?? new Set();
      found.set(file, of);
      for (const value of values) if (type === undefined && value !== '' && !value.startsWith('type ')) of.add(value);
    }
  }
  return found;
}

describe('what is used from inside Nest', () => {
  it('is there, each under its name, in the Nest that is installed', async () => {
    const all = await deepImports();
    expect(all.size).toBeGreaterThan(10);
    const missing: string[] = [];
    for (const [file, names] of all) {
      const module = (await import(file)) as Record<string, unknown>;
      for (const name of names) if (module[name] === undefined) missing.push(`${name} of ${file}`);
    }
    expect(missing).toEqual([]);
  });

  it('would be missed (control)', async () => {
    const module = (await import('@nestjs/core/injector/constants.js')) as Record<string, unknown>;
    expect([typeof module['STATIC_CONTEXT'], module['GONE']]).toEqual(['object', undefined]);
  });
});
