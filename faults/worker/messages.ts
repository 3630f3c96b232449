import type { DqRunOptions } from '../../lib/core/options/dq-options.js';
import type { HistoryEvent } from '../../harness/history/history-event.js';
import type { AppOptions } from '../../harness/sabotage/sabotage.js';
import type { SabotageName } from '../../harness/sabotage/sabotages.js';
import type { KeyPlan, LoadPlan } from './job-plan.js';

/** The protections that rows take out. */
export type ControlName = SabotageName | 'bare-fivebeans';

/** A recurring job that each process declares: what is numbered `seq` is its slot, the first one 0. */
export interface Recurring {
  readonly tube: string;
  /** First and last slot, in epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly everyMs: number;
  /** For how long each run lasts. */
  readonly takesMs: number;
}

/** What a worker process is told first. */
export interface WorkerSetup {
  readonly name: string;
  /** See `OneClock`. */
  readonly originMs: number;
  readonly seed: number;
  readonly options: AppOptions;
  /** Of the Cluster that keeps its claims, instead of `options.redis`. */
  readonly masters: readonly { readonly host: string; readonly port: number }[] | undefined;
  /** Undefined: it only schedules. */
  readonly handle: DqRunOptions | undefined;
  /** Undefined: it declares no recurring job. */
  readonly recurring: Recurring | undefined;
  /** A protection to be taken out. */
  readonly control: ControlName | undefined;
  /** Its clock is wrong on purpose: what it asks for says nothing about the true due time. */
  readonly wrongClock: boolean;
}

export type Order =
  | { readonly type: 'load'; readonly plan: LoadPlan }
  | { readonly type: 'keys'; readonly plan: KeyPlan }
  /** Takes back what this worker scheduled, all of these. */
  | { readonly type: 'revoke'; readonly seqs: readonly number[] }
  /** Pauses a tube, or resumes it. */
  | { readonly type: 'gate'; readonly tube: string; readonly word: 'pause' | 'resume' }
  /** Holds the event loop. */
  | { readonly type: 'block'; readonly ms: number }
  | { readonly type: 'close' };

/** An order, with a number to tell when it has been carried out. */
export interface NumberedOrder {
  readonly number: number;
  readonly order: Order;
}

export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'carried-out'; readonly number: number }
  | { readonly type: 'history'; readonly event: HistoryEvent };
