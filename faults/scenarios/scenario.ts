import type { Counter } from '../verdict/verdict.js';
import type { Expectation } from '../verdict/expectation.js';
import type { Testbed } from '../servers/testbed.js';
import type { Weakness } from '../servers/processes.js';
import type { ServersOptions } from '../servers/servers.js';
import type { Load, UnderLoad } from './under-load.js';

/** What a row is, and what has to come of it. */
export interface Row {
  /** `F0` to `F20`, as in the fault matrix. */
  readonly id: string;
  /** Tells apart the faults of one row. */
  readonly variant?: string;
  readonly title: string;
  /** What this machine has to have. */
  readonly needs?: 'shim';
  readonly servers?: ServersOptions;
  readonly expect: Expectation;
  /** Milliseconds in which each call has to be answered. Default: every step of one takes the command deadline. */
  readonly settleWithinMs?: number;
  readonly control?: ControlUse;
}

/** One fault, and how it is played: while a load is scheduled, or in a way of its own. */
export type Scenario = Row &
  (
    | { readonly load: Load; fault(testbed: Testbed, under: UnderLoad): Promise<void> }
    | { readonly load?: undefined; play(testbed: Testbed): Promise<void> }
  );

/** How a row shows that its checks can fail. */
export interface ControlUse extends Weakness {
  readonly what: string;
  readonly servers?: ServersOptions;
  /** Of these, at least one has to show the damage. */
  readonly shows: readonly Counter[];
}

export function nameOf({ id, variant }: Pick<Row, 'id' | 'variant'>): string {
  return variant === undefined ? id : `${id}/${variant}`;
}
