import { readFile } from 'node:fs/promises';

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
