import type { KnownPause, PauseClaims, PauseRequest } from '../../core/claims/pause-claims.js';
import type { CarryOut } from './claim-call.js';
import type { PauseTable } from './pause-table.js';

/** Paused tubes in a table, each call in one piece. */
export class TablePauses implements PauseClaims {
  readonly onChange: PauseClaims['onChange'];
  readonly #carryOut: CarryOut<PauseTable>;

  /** `near`: the table, where it is in this process. */
  constructor(carryOut: CarryOut<PauseTable>, near: PauseTable | undefined) {
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
