import { isBuiltin } from 'node:module';
import { DqOptionsError } from '../../core/errors/argument.errors.js';

/**
 * The file needs node:sqlite without a flag, all else does not.
 * @throws DqOptionsError
 */
export function requireSqlite(): void {
  if (isBuiltin('node:sqlite')) return;
  throw new DqOptionsError(
    `Expected Node 22.13 or later with embedded: { file }, which is kept with node:sqlite, got ${process.versions.node}. Update Node; or leave ` +
      'out file, and jobs end with this process; or use servers.',
  );
}
