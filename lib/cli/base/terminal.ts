/** Where a command is heard and seen. Given from outside, so that tests can run commands in their own process. */
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
