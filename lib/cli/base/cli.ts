import type { Clock } from '../../core/base/clock.js';
import type { Terminal } from './terminal.js';

/** What the command line is given. */
export interface Cli {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Fires with Ctrl-C. */
  readonly signal: AbortSignal;
  /** Set by the command that ran; undefined while none has. */
  exit: number | undefined;
}
