/**
 * The seam to what the claim store knows of **paused** tubes. While a tube is paused, every claim of a call is answered `paused`, whatever state it
 * is in: nothing is granted, nothing taken over, and nothing else of a claim changes. So copies of jobs that are over stay too, until the tube is
 * resumed; they take no harm there, and a call costs one look at the tube and none at its claims. What runs goes on, and is settled and renewed as
 * ever. A pause that is not understood, as a later release may write it, is a pause.
 *
 * A claim that was granted before may still be under way to its consumer, which begins no attempt later than {@link GRANT_GOOD_MS} after it asked.
 * So once a pause has stood for that long, nothing begins anywhere. That holds too where the tube cannot be looked at in the same step as its
 * claims, and is looked at before: the consumer had asked by then. Whoever cannot look grants nothing.
 */
export interface PauseClaims {
  /** A tube that is paused gets the new end and reason, and has been paused since before. */
  pause(tube: string, request: PauseRequest): Promise<KnownPause>;
  /** False where it was not paused. */
  resume(tube: string): Promise<boolean>;
  /** Undefined where it is not paused. Changes nothing. */
  look(tube: string): Promise<KnownPause | undefined>;
  /** Names of tubes, known to this process or not: all that are paused, and maybe some that were. Changes nothing. */
  tubes(): Promise<readonly string[]>;
  /**
   * Only of a store in this process: tells of each pause of a tube and of each resume, in the very step that makes it. So nothing begins after a
   * pause was made, and nobody has to wait. Returns what ends that.
   */
  onChange?(tube: string, tell: (known: KnownPause | undefined) => void): () => void;
}

export interface PauseRequest {
  /** Undefined: until it is resumed. */
  readonly forMs: number | undefined;
  /** Empty where nobody gave one. */
  readonly reason: string;
}

/** Times are the store's own. */
export interface KnownPause {
  readonly sinceMs: number;
  readonly untilMs: number | undefined;
  readonly reason: string;
}

/** For so long after a claim was sent an attempt may begin by it, by the clock of the consumer that asked. */
export const GRANT_GOOD_MS = 1_000;
