import { types } from 'node:util';
import { DqError } from 'nestjs-dq';
import { SettingsError } from './settings.js';

/**
 * A failed start in one line, when whoever starts the shop can put it right: it says what was expected and what to do. All
 * else is `undefined`, and is shown with its stack.
 */
export function startError(error: unknown): string | undefined {
  // Of DqError: an option that cannot be, or a DQ_FILE that cannot be opened.
  if (error instanceof SettingsError || error instanceof DqError) return error.message;
  if (!isListenError(error)) return undefined;
  const { code, address, port } = error;
  if (code === 'EADDRINUSE') return `Expected PORT to be free, but another process listens on ${address}:${port}.`;
  return `Expected PORT to be one that the shop may listen on, got ${code} for ${address}:${port}.`;
}

/** What `listen` of node:net fails with. */
interface ListenError extends NodeJS.ErrnoException {
  readonly address: string;
  readonly port: number;
}

function isListenError(error: unknown): error is ListenError {
  return types.isNativeError(error) && 'syscall' in error && error.syscall === 'listen' && 'port' in error;
}
