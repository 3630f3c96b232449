/**
 * What happened in one run of a row. `at` is the run's one clock (see `one-clock.ts`) in every process, whatever a fault does
 * to the clocks that the library sees.
 */
export type HistoryEvent =
  /** `delay()` or `at()` is called. `dueMs`: no run may begin before it; undefined where the caller's clock is wrong on purpose. */
  | { readonly kind: 'call'; readonly at: number; readonly by: string; readonly seq: number; readonly dueMs?: number }
  /** `nodes` are those that the handle names. */
  | {
      readonly kind: 'acked';
      readonly at: number;
      readonly by: string;
      readonly seq: number;
      readonly id: string;
      readonly nodes: readonly string[];
    }
  /** `safe`: the error says that the job will not run. */
  | {
      readonly kind: 'rejected';
      readonly at: number;
      readonly by: string;
      readonly seq: number;
      readonly code: string;
      readonly safe: boolean;
      readonly reason: string;
    }
  /** A caller is told that its id is taken, and what became of the job that has it. */
  | {
      readonly kind: 'taken';
      readonly at: number;
      readonly by: string;
      readonly seq: number;
      readonly id: string;
      readonly state: string;
    }
  | { readonly kind: 'revoke'; readonly at: number; readonly by: string; readonly seq: number }
  /** `outcome` is what `revoke()` resolved to, or the code of its error. */
  | { readonly kind: 'revoke-answer'; readonly at: number; readonly seq: number; readonly outcome: string }
  /** A handler is entered. `dueMs` is what the envelope says; `intact` whether the payload's digest is right. */
  | {
      readonly kind: 'start';
      readonly at: number;
      readonly by: string;
      readonly seq: number;
      readonly id: string;
      readonly attempt: number;
      readonly dueMs: number;
      readonly intact: boolean;
    }
  | {
      readonly kind: 'end';
      readonly at: number;
      readonly by: string;
      readonly seq: number;
      readonly attempt: number;
      readonly outcome: 'ok' | 'failed';
    }
  /** The run's signal fired. `reason` is the error's name. */
  | {
      readonly kind: 'aborted';
      readonly at: number;
      readonly by: string;
      readonly seq: number;
      readonly attempt: number;
      readonly reason: string;
    }
  /** An event of the library. */
  | {
      readonly kind: 'told';
      readonly at: number;
      readonly by: string;
      readonly type: string;
      readonly id?: string;
      readonly text: string;
    }
  /** The most memory that a process took until now. */
  | { readonly kind: 'memory'; readonly at: number; readonly by: string; readonly mb: number }
  /** A process of the run ended. `asked`: after an orderly close; `how`: 'by itself', or what ended it. */
  | { readonly kind: 'gone'; readonly at: number; readonly by: string; readonly asked: boolean; readonly how: string }
  /** A fault begins or is over; scheduling and lateness are measured in between. `nodes` are those it keeps from working. */
  | {
      readonly kind: 'fault';
      readonly at: number;
      readonly name: string;
      readonly on: boolean;
      readonly nodes: readonly string[];
    }
  /** A node lost its copies. */
  | { readonly kind: 'node-emptied'; readonly at: number; readonly node: string }
  /** A process could not go on for a while: stopped, or its event loop held. */
  | { readonly kind: 'stalled'; readonly at: number; readonly by: string; readonly on: boolean }
  /** By `at` the claim store has forgotten what it was told from `from` to `until`, which is `at` where nothing is said. */
  | { readonly kind: 'store-emptied'; readonly at: number; readonly from: number; readonly until?: number }
  /** A copy that should not be there at the end, by node and state. */
  | {
      readonly kind: 'leftover';
      readonly at: number;
      readonly node: string;
      readonly state: CopyState;
      readonly seq?: number;
    };

export type CopyState = 'ready' | 'reserved' | 'delayed' | 'buried';
export type EventOf<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>;
