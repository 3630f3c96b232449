// @ts-check
import { ensureBuilt, library } from '../scripts/build.mjs';

ensureBuilt(library);

/** A module of the built library, which a fresh checkout has not: so the compiler is told its types by the source. @param {string} name */
export const built = (name) => import(new URL(`../dist/${name}.js`, import.meta.url).href);
