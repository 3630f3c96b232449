/** A call to a table, and how it gets there: at once, with a file behind it, or over a network. */
export interface ClaimCall {
  readonly tube: string;
  /** How errors name it. */
  readonly operation: string;
  /** `look`: it changes nothing. `lasting`: what it changed must be kept by the time it is answered. */
  readonly effect: 'look' | 'change' | 'lasting';
}

/** Does `work` with the table, in one piece. */
export type CarryOut<Table> = <T>(call: ClaimCall, work: (table: Table) => T) => Promise<T>;
