// @ts-check
// npm run cluster -- up | down | status: `nestjs-dq cluster` from the sources, with its data in this checkout. What it needs is installed.
import { join } from 'node:path';
import { ensurePackages } from './packages.mjs';
import { dataDir } from './root.mjs';

try {
  ensurePackages();
  await import('../harness/typescript-loader.mjs');
  const { ensureServerBinaries, searchPath } = await import('./server-binaries.mjs');
  const [command = '', ...rest] = process.argv.slice(2);
  if (command === 'up') ensureServerBinaries();
  process.env.PATH = searchPath();
  const data = command === '' ? [] : [command, '--data', join(dataDir, 'cluster')];
  process.argv.splice(2, Infinity, 'cluster', ...data, ...rest);
  await import('../lib/cli/main.js');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
