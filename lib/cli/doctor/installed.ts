import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Folders that are looked into, lest a huge tree takes for ever. */
const MOST_FOLDERS = 50_000;
const MODULES = 'node_modules';
/** Where pnpm keeps packages, each with a `node_modules` of its own. */
const PNPM = '.pnpm';

/** What is read of a package.json. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** @throws whatever reading and parsing a file may */
export async function readManifest(file: string | URL): Promise<Manifest> {
  const manifest: unknown = JSON.parse(await readFile(file, 'utf8'));
  return typeof manifest === 'object' && manifest !== null ? manifest : {};
}

/** Of the package that this file is part of. */
export function ownManifest(): Promise<Manifest> {
  return readManifest(new URL('../../../package.json', import.meta.url));
}

/** A copy of a package. */
export interface Copy {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The package that a module of the folder gets, as Node looks for it; undefined when there is none. */
export async function installedFrom(folder: string, name: string): Promise<Copy | undefined> {
  for (const at of parentsOf(folder)) {
    const copy = await copyAt(join(at, MODULES, name));
    if (copy !== undefined) return copy;
  }
  return undefined;
}

/** All copies of these packages that modules of the folder, or of what it has, may get. `complete` false: the tree is too large to be gone through. */
export async function copiesFor(
  folder: string,
  names: readonly string[],
): Promise<{ readonly copies: ReadonlyMap<string, readonly Copy[]>; readonly complete: boolean }> {
  const places = new Map<string, Map<string, Copy>>(names.map((name) => [name, new Map()]));
  const next = parentsOf(folder).map((parent) => join(parent, MODULES));
  let seen = 0;
  for (let modules = next.pop(); modules !== undefined && seen < MOST_FOLDERS; modules = next.pop()) {
    seen++;
    for (const [name, found] of places) {
      const copy = await copyAt(join(modules, name));
      if (copy !== undefined) found.set(copy.folder, copy);
    }
    for (const below of await packagesIn(modules)) next.push(join(below, MODULES));
  }
  const copies = new Map([...places].map(([name, found]) => [name, [...found.values()]]));
  return { copies, complete: next.length === 0 };
}

/** The folder, and those above it, from below. */
function parentsOf(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...parentsOf(above)];
}

/** Folders that may have a `node_modules` of their own. Links lead to what is found elsewhere, or to the user's own packages. */
async function packagesIn(modules: string): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const entry of await entriesOf(modules)) {
    const path = join(modules, entry.name);
    if (entry.name.startsWith('@') || entry.name === PNPM) {
      for (const below of await entriesOf(path)) if (below.isDirectory()) folders.push(join(path, below.name));
    } else if (entry.isDirectory() && !entry.name.startsWith('.')) folders.push(path);
  }
  return folders;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    // Most packages have none.
    return [];
  }
}

async function copyAt(folder: string): Promise<Copy | undefined> {
  try {
    const manifest = await readManifest(join(folder, 'package.json'));
    return { folder: await realpath(folder), manifest };
  } catch {
    return undefined;
  }
}
