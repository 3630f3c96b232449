import { isBuiltin } from 'node:module';
import { describe } from '@jest/globals';

/** Whether this Node can keep the file of an embedded queue. */
export const keepsFiles = isBuiltin('node:sqlite');

/** As `describe`; skipped, by name, where this Node cannot keep a file. `npm test` runs it on those that can, and tells where it did not. */
export const describeFile = keepsFiles ? describe : describe.skip;
