// @ts-check
// `node --import <this file> script.ts`: runs the sources as they stand, so that a child process of a test needs no build.
import module from 'node:module';
import * as hooks from './typescript-hooks.mjs';

/** @typedef {{ registerHooks?: (hooks: object) => void }} Newer */
const { registerHooks } = /** @type {Newer} */ (module);
// Node 20 knows only the older way, and newer ones warn of that.
if (registerHooks === undefined) module.register('./typescript-hooks.mjs', import.meta.url);
else registerHooks(hooks);
