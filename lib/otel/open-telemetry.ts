import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DqOptionsError } from '../index.js';

/** The peer, which may be missing. */
export type OpenTelemetry = typeof import('@opentelemetry/api');

const NAME = '@opentelemetry/api';
/** In a line of a stack. */
const PLACE = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*):\d+:\d+\)?$/;

/**
 * Loads the API as this package finds it. It need not be the one that the application imports: all copies share what the SDK has registered.
 * @throws DqOptionsError when it is not installed
 */
export function openTelemetry(): OpenTelemetry {
  try {
    return createRequire(ownPlace() ?? join(process.cwd(), 'package.json'))(NAME) as OpenTelemetry;
  } catch (cause) {
    throw new DqOptionsError(
      `Expected the package ${NAME} for DqOtelModule, got none that can be loaded. Install it: npm install ${NAME}`,
      { cause },
    );
  }
}

/** Where this file is. Not import.meta: test runners compile the package to CommonJS. */
function ownPlace(): string | undefined {
  const frame = String(new Error('where').stack).split('\n')[1] ?? '';
  return PLACE.exec(frame)?.[1];
}
