/** A job that was given up, or a body that is no job: kept as buried copies until somebody decides. */
export interface DqDeadLetter {
  /** The job's id; for a body that is no job, the md5 of it. */
  readonly id: string;
  readonly tube: string;
  /** Why it was given up: the last error, or what is wrong with the body. */
  readonly reason: string;
  /** Attempts made; 0 when unknown. */
  readonly attempts: number;
  /**
   * True when the claim store does not know what became of it: it turned up later than the retention, or the store forgot. It may
   * have run before.
   */
  readonly mayHaveRun: boolean;
  /** Undefined for a body that is no job. */
  readonly dueAt: Date | undefined;
  /** The payload as the handler would get it, or the bytes where the codec cannot read them. */
  readonly data: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Where its copies are buried. */
  readonly copies: readonly { readonly node: string; readonly number: number }[];
}
