// @ts-check
// `node --import <this file> script.ts`: runs the sources as they stand, so that a child process of a test needs no build.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
