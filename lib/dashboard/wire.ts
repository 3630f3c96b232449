/**
 * What the dashboard's API answers, and what its page shows: with `wire-actions.ts` the one place where both sides agree. Everything is JSON: moments are epoch milliseconds,
 * `null` is what is not known or not there. Paths are below the dashboard's own. What is foreign (payloads, reasons, errors, ids, names) is text, and is only ever shown as text.
 */

/** For people: text, or its parts, in which numbers are moments. Whoever reads it has a clock and a zone of their own. */
export type Sentence = string | readonly (string | number)[];

/** `GET api/meta`: what does not change while the application runs. */
export interface MetaView {
  readonly title: string;
  readonly version: string;
  /** For whoever asks: no action is allowed. */
  readonly readOnly: boolean;
  /** False: bodies are not shown. */
  readonly payloads: boolean;
  readonly embedded: boolean;
  readonly tubes: readonly TubeMeta[];
  /** Whether the application has recurring jobs (`nestjs-dq/cron`). */
  readonly schedules: boolean;
  /** How far back the meters go. */
  readonly historyMinutes: number;
  /** This process, as its meters and live events name it. */
  readonly process: string;
}

export interface TubeMeta {
  readonly name: string;
  readonly format: 'native' | 'plain';
  /** Whether it keeps a history. */
  readonly history: boolean;
  /** Handled in this process: how many at once. */
  readonly concurrency: number | null;
}

/** `GET api/tubes`, in the order in which they are declared. */
export interface TubesView {
  readonly at: number;
  readonly tubes: readonly TubeRow[];
}

export interface TubeRow {
  readonly name: string;
  readonly nodes: readonly NodeCopies[];
  /** Jobs, as far as copies tell: from the most on any one node up to the sum. `null` where no node answered. */
  readonly jobs: Readonly<Record<CopyState, JobRange>> | null;
  /** Due next; `null` when none waits, or nobody said. */
  readonly next: { readonly id: string; readonly dueAt: number; readonly handle: string } | null;
  readonly pause: PauseState;
  /** Processes that wait for its jobs: the most on any node; `null` where no node answered, and for the tube `default`. */
  readonly consumers: number | null;
  /** Of this process; `null` where it has no handler. */
  readonly here: HereState | null;
  /** The default tube, which is always there: nobody here means it, and nothing is in it. */
  readonly idle: boolean;
}

export type CopyState = 'scheduled' | 'ready' | 'running' | 'dead';

export interface JobRange {
  readonly least: number;
  readonly most: number;
}

/** Copies on one node: three are one job. Counts of a node that does not answer are `null`, never 0. */
export interface NodeCopies {
  readonly node: string;
  readonly counts: Readonly<Record<CopyState | 'watching', number>> | null;
}

export interface HereState {
  readonly running: number;
  readonly concurrency: number;
  readonly oldest: { readonly id: string; readonly startedAt: number } | null;
}

/** `unknown`: Redis did not say. */
export type PauseState =
  | { readonly state: 'open' | 'unknown' }
  | {
      readonly state: 'paused';
      readonly since: number;
      readonly until: number | null;
      readonly reason: string | null;
    };

/** `GET api/nodes`. */
export interface NodesView {
  readonly at: number;
  readonly nodes: readonly NodeRow[];
  readonly store: StoreRow;
}

export type NodeRow =
  | { readonly node: string; readonly reachable: false; readonly reason: string; readonly awaySince: number | null }
  | {
      readonly node: string;
      readonly reachable: true;
      readonly version: string;
      readonly draining: boolean;
      readonly binlog: boolean;
      /** `null`: nothing was put since the last look. False is an alarm. */
      readonly binlogMoving: boolean | null;
      readonly uptimeSeconds: number;
      readonly connections: number;
    };

export interface StoreRow {
  readonly kind: 'redis' | 'memory' | 'file';
  readonly reachable: boolean;
  /** Why not, where it is known. */
  readonly reason: string | null;
  /** What is set up in a way that can lose claims, or differs, as the last `store-warning`s said. */
  readonly warnings: readonly string[];
  readonly awaySince: number | null;
}

/** `GET api/meters?tube=`: of attempts in this process, one tube or all. All lists have one length, the oldest first. */
export interface MetersView {
  readonly at: number;
  readonly tube: string | null;
  readonly stepSeconds: number;
  /** The end of each step. */
  readonly times: readonly number[];
  readonly completed: readonly number[];
  /** To be tried again. */
  readonly failed: readonly number[];
  readonly dead: readonly number[];
  /** Milliseconds from the due time to the start; `null` in steps without an attempt. */
  readonly lateP50: readonly (number | null)[];
  readonly lateP99: readonly (number | null)[];
  /** Milliseconds of handlers. */
  readonly tookP50: readonly (number | null)[];
  readonly tookP99: readonly (number | null)[];
}

/** `GET api/tubes/:tube/dead?limit=`: asked for by hand, never polled: a look holds dead letters for moments. */
export interface DeadView {
  readonly at: number;
  readonly tube: string;
  readonly letters: readonly DeadRow[];
  /** More may be there. */
  readonly more: boolean;
  /** Nodes that did not answer: what they have is not here. */
  readonly silent: readonly string[];
}

export interface DeadRow {
  readonly id: string;
  readonly reason: string;
  readonly attempts: number;
  readonly dueAt: number | null;
  /** It came so late that it may have run before. "All" leaves it out. */
  readonly mayHaveRun: boolean;
  /** A body that is no job of this package: it can only be deleted, with all. */
  readonly foreign: boolean;
  readonly copies: readonly { readonly node: string; readonly number: number }[];
  readonly key: string | null;
  readonly payload: PayloadView;
}

/** A body as text. */
export type PayloadView =
  | { readonly shown: false }
  | { readonly shown: true; readonly text: string; readonly bytes: number; readonly cut: boolean };

/** `GET api/schedules`. */
export interface SchedulesView {
  readonly at: number;
  readonly schedules: readonly ScheduleRow[];
  /** Not all are here. */
  readonly more: boolean;
}

export interface ScheduleRow {
  readonly name: string;
  readonly tube: string;
  /** In words, such as "every 5 minutes" or "at 02:30". */
  readonly rhythm: string;
  /** As it was written: a pattern, or a duration. */
  readonly pattern: string;
  readonly timeZone: string | null;
  readonly paused: boolean;
  readonly missed: string;
  readonly overlap: string;
  /** `null`: none yet. */
  readonly last: ScheduleRun | null;
  /** The last that was asked for by hand, here. */
  readonly byHand: ScheduleRun | null;
  /** The next five; the first is what is written. Empty when it has ended. */
  readonly next: readonly number[];
}

export interface ScheduleRun {
  /** The moment that it stands for. */
  readonly at: number;
  readonly id: string;
  /** Where it is known. */
  readonly handle: string | null;
  /** As of a job, or of a history; `null`: nobody knows it yet, or any more. */
  readonly outcome: string | null;
}

/** `GET api/key?tube=&key=`. */
export interface KeyView {
  readonly at: number;
  readonly tube: string;
  readonly key: string;
  /** `null`: nothing stands under it. */
  readonly job: {
    readonly id: string;
    readonly handle: string;
    readonly state: 'scheduled' | 'retrying' | 'running';
    readonly dueAt: number;
    readonly attempt: number;
  } | null;
}

/** `GET api/job?handle=` or `GET api/job?tube=&id=`. */
export interface JobView {
  readonly at: number;
  readonly tube: string;
  readonly id: string | null;
  readonly state: string;
  readonly dueAt: number | null;
  readonly attempt: number | null;
  /** When a wait or a lease is over. */
  readonly until: number | null;
  readonly reason: string | null;
  /** Where copies were found; `null` where the job is given by its id alone, which names no node. */
  readonly copies: readonly { readonly node: string; readonly state: string }[] | null;
  /** Nodes that did not answer. */
  readonly silent: readonly string[];
  readonly payload: PayloadView | null;
  /** Plain sentences: why it has not run, as far as it can be told, the most likely first. Empty where there is nothing to explain. */
  readonly why: readonly Sentence[];
  /** The last attempts, where the tube keeps a history. */
  readonly history: readonly HistoryRow[] | null;
}

/** `GET api/tubes/:tube/history?id=&outcome=&limit=`: of all processes, of tubes that keep one. */
export interface HistoryView {
  readonly at: number;
  readonly tube: string;
  readonly entries: readonly HistoryRow[];
}

export interface HistoryRow {
  readonly at: number;
  readonly id: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly lateMs: number;
  readonly tookMs: number;
  readonly consumer: string;
  readonly error: string | null;
}

/**
 * `GET api/live`: server-sent events of this process, with this as data and `seq` as id, which each process counts from a number of its own. First those
 * that the log had lately; of a second at most 50, then one of the type `left-out`.
 */
export interface LiveEvent {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly tube: string | null;
  readonly id: string | null;
  /** Of a job that was just scheduled, whose id nobody knows before its first attempt. */
  readonly handle: string | null;
  readonly text: Sentence;
  readonly level: 'debug' | 'log' | 'warn' | 'error';
}

/** What an API call that failed answers, with its HTTP status. */
export interface FailureView {
  /** Such as `DQ_CLAIM_STORE`, or `READ_ONLY`, `CROSS_SITE`, `NOT_CONFIRMED`. */
  readonly code: string;
  readonly message: string;
}
