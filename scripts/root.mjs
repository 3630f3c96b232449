// @ts-check
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout, wherever the command was typed. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** Everything the scripts write goes below this folder, which git ignores. */
export const dataDir = join(root, '.data');
