import type { Clock } from '../core/base/clock.js';
import type { Report } from '../core/base/events.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';
import type { Backend } from '../core/runtime.js';
import { fileBackend } from './file-backend.js';
import { memoryBackend } from './memory-backend.js';

/**
 * What stands for the servers when there are none: all in this process, and in a file if the options name one. For
 * `RuntimeParts.backend`; nothing is opened before the first job is scheduled or the backend is started.
 */
export function embeddedBackend(options: ResolvedOptions, clock: Clock, report: Report): Backend {
  const file = options.embedded?.file;
  return file === undefined ? memoryBackend(options, clock, report) : fileBackend(file, options, clock, report);
}
