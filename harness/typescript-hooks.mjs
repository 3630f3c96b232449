// @ts-check
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

/**
 * TypeScript under NodeNext writes `./claim.js` and means `./claim.ts`; our scripts do so too.
 *
 * @type {import('node:module').ResolveHook}
 */
export function resolve(specifier, context, next) {
  const { parentURL = '' } = context;
  const ours =
    /\.(ts|mjs)$/.test(parentURL) && !parentURL.includes('/node_modules/') && /^\.{1,2}\/.*\.js$/.test(specifier);
  if (!ours) return next(specifier, context);
  const source = new URL(specifier.replace(/\.js$/, '.ts'), parentURL);
  if (!existsSync(source)) return next(specifier, context);
  return { url: source.href, format: 'module', shortCircuit: true };
}

/** @type {import('node:module').LoadHook} */
export function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = transformFileSync(fileURLToPath(url), { sourceMaps: 'inline', module: { type: 'es6' } });
  return { format: 'module', source: code, shortCircuit: true };
}
