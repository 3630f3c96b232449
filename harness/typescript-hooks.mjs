// @ts-check
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

/**
 * TypeScript under NodeNext writes `./claim.js` and means `./claim.ts`; our scripts do so too.
 *
 * @type {import('node:module').ResolveHook}
 */
export async function resolve(specifier, context, next) {
  const { parentURL = '' } = context;
  const ours =
    /\.(ts|mjs)$/.test(parentURL) && !parentURL.includes('/node_modules/') && /^\.{1,2}\/.*\.js$/.test(specifier);
  if (!ours) return next(specifier, context);
  const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
  try {
    await access(source);
    return { url: source.href, format: 'module', shortCircuit: true };
  } catch {
    return next(specifier, context);
  }
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = await transformFile(fileURLToPath(url), { sourceMaps: 'inline', module: { type: 'es6' } });
  return { format: 'module', source: code, shortCircuit: true };
}
