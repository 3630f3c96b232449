import type { KnownPause, PauseClaims, PauseRequest } from '../../core/claims/pause-claims.js';
import type { PauseTable } from './pause-table.js';

/** A call to the table, and how it gets there: at once, with a file behind it, or over a network. */
interface Call {
  readonly tube: string;
  readonly operation: string;
  readonly effect: 'look' | 'lasting';
}
type CarryOut = <T>(call: Call, work: (table: PauseTable) => T) => Promise<T>;

/** Paused tubes in a table, each call in one piece. */
export class TablePauses implements PauseClaims {
  readonly onChange: PauseClaims['onChange'];
  readonly #carryOut: CarryOut;

  /** `near`: the table, where it is in this process. */
  constructor(carryOut: CarryOut, near: PauseTable | undefined) {
    this.#carryOut = carryOut;
    this.onChange = near && ((tube, tell) => near.onChange(tube, tell));
  }

  pause(tube: string, request: PauseRequest): Promise<KnownPause> {
    return this.#carryOut({ tube, operation: 'a pause', effect: 'lasting' }, (table) => table.pause(tube, request));
  }

  resume(tube: string): Promise<boolean> {
    return this.#carryOut({ tube, operation: 'the end of a pause', effect: 'lasting' }, (table) => table.resume(tube));
  }

  look(tube: string): Promise<KnownPause | undefined> {
    return this.#carryOut({ tube, operation: 'a look at a pause', effect: 'look' }, (table) => table.look(tube));
  }

  tubes(): Promise<readonly string[]> {
    return this.#carryOut({ tube: '', operation: 'a look at pauses', effect: 'look' }, (table) => table.tubes());
  }
}
