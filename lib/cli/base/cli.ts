import type { Clock } from '../../core/base/clock.js';

/** Where a command is heard and seen. */
export interface Terminal {
  /** To stdout: what was asked for, and nothing else. */
  readonly out: (text: string) => void;
  /** To stderr: errors, notes and questions. */
  readonly err: (text: string) => void;
  /** Whether a person looks at stdout. */
  readonly isTty: boolean;
  /** Asks the person, and resolves to the line; undefined where there is nobody to ask. Rejects when `signal` fires. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
}

/** What the command line is given from outside, so that tests can run commands in their own process. */
export interface Cli {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Fires with Ctrl-C. */
  readonly signal: AbortSignal;
  /** Set by the command that ran; undefined while none has. */
  exit: number | undefined;
}
