/**
 * What happened that an operator or a test may want to know. Never carries a payload.
 *
 * `job-failed`, `job-dead` and `job-skipped` are told when this process has decided so, before the claim store has it: were they told
 * after that, a process that dies in between would leave a dead letter of which nobody was told. So they may not stand. When the store
 * says that another consumer has the job, `result-refused` follows for the same `id` and `attempt`. While the store is away the decision
 * is kept and told to it later; when the process ends first, `results-untold` says so (after kill -9 nothing does), the job runs again,
 * and may be told of again. What stands is what `DqInspector.dead` lists.
 */
export type DqEvent =
  /**
   * `reached` false: it has never answered since this process began, so its address may be wrong. Told again while it is lost when another
   * kind of reason shows. What is lost and back over and over is told of no more until it has been back for ten seconds; the same with the
   * store and the file.
   */
  | { readonly type: 'node-lost'; readonly node: string; readonly reason: string; readonly reached: boolean }
  /** After the last of them was lost. No job is scheduled or run until one is back. Not told of an embedded queue. */
  | { readonly type: 'nodes-lost'; readonly nodes: readonly string[] }
  /**
   * Two names of one server: a copy under each would be no safety. So `node` gets no new copies while that is so, and `first` does. Told
   * again when it is found again on a new connection.
   */
  | { readonly type: 'nodes-are-one'; readonly first: string; readonly node: string; readonly serverId: string }
  /** `losses`: how often it was lost in that time, when more than once. */
  | { readonly type: 'node-back'; readonly node: string; readonly awayMs: number; readonly losses?: number }
  | { readonly type: 'node-full'; readonly node: string; readonly reason: string }
  | { readonly type: 'node-warning'; readonly node: string; readonly reason: string }
  /** As with a node. `reason` ends in what there is to do, where that is known. */
  | { readonly type: 'store-lost'; readonly reason: string; readonly reached: boolean }
  | { readonly type: 'store-back'; readonly awayMs: number; readonly losses?: number }
  | { readonly type: 'store-warning'; readonly reason: string }
  /** At the start. */
  | { readonly type: 'tube-warning'; readonly tube: string; readonly reason: string }
  /**
   * A Go consumer of dq had the lock of a job: it reads this tube too, and there dq's promises hold instead of these. Told once by each
   * consumer of the tube.
   */
  | { readonly type: 'go-consumer-seen'; readonly tube: string }
  /** `file` undefined: all jobs end with the process. */
  | { readonly type: 'embedded-started'; readonly file: string | undefined }
  | { readonly type: 'file-lost'; readonly file: string; readonly reason: string }
  | { readonly type: 'file-back'; readonly file: string; readonly awayMs: number; readonly losses?: number }
  | { readonly type: 'file-warning'; readonly file: string; readonly reason: string }
  | { readonly type: 'quorum-failed'; readonly tube: string; readonly id: string; readonly reason: string }
  /** Enough nodes have it. Not told of a job that was refused. */
  | { readonly type: 'job-scheduled'; readonly tube: string; readonly id: string; readonly dueAt: Date }
  /** A handler is called. `lateMs`: how long after its due time, the waits of retries included. */
  | {
      readonly type: 'job-started';
      readonly tube: string;
      readonly id: string;
      /** The method, as `Class.method`. */
      readonly handler: string;
      readonly attempt: number;
      readonly lateMs: number;
    }
  /** The handler ended well. Told before the claim store has it; see above. `tookMs` is of this attempt, `lateMs` of its start. */
  | {
      readonly type: 'job-completed';
      readonly tube: string;
      readonly id: string;
      /** The method, as `Class.method`. */
      readonly handler: string;
      readonly attempt: number;
      readonly tookMs: number;
      readonly lateMs: number;
    }
  /** The handler put its job off with `DqAgain`. Told before the claim store has it; see above. */
  | {
      readonly type: 'job-again';
      readonly tube: string;
      readonly id: string;
      /** The method, as `Class.method`. */
      readonly handler: string;
      readonly attempt: number;
      readonly againMs: number;
    }
  /** An attempt failed and others are left. Told at once; see above. */
  | {
      readonly type: 'job-failed';
      readonly tube: string;
      readonly id: string;
      /** The method, as `Class.method`. */
      readonly handler: string;
      readonly attempt: number;
      readonly retryMs: number;
      readonly error: unknown;
    }
  /** No attempt is left, or there shall be none. Told before the claim store has it; see above. */
  | {
      readonly type: 'job-dead';
      readonly tube: string;
      readonly id: string;
      /** The method, as `Class.method`. */
      readonly handler: string;
      readonly attempt: number;
      readonly reason: string;
      /** What the handler threw in this attempt; undefined when it was not called. */
      readonly error?: unknown;
    }
  /** Told before the claim store has it; see above. */
  | { readonly type: 'job-skipped'; readonly tube: string; readonly id: string; readonly lateMs: number }
  | {
      readonly type: 'copy-buried';
      readonly tube: string;
      readonly node: string;
      readonly number: number;
      /** True when the job it is a copy of was given up, which has been reported. */
      readonly dead: boolean;
      readonly reason: string;
    }
  | { readonly type: 'copy-early'; readonly tube: string; readonly node: string; readonly earlyMs: number }
  /** The handler ended after its `timeout`, when the attempt had counted as failed. */
  | {
      readonly type: 'result-late';
      readonly tube: string;
      readonly id: string;
      readonly attempt: number;
      readonly lateMs: number;
    }
  /** Another consumer has the job: what was told of this attempt does not stand. */
  | { readonly type: 'result-refused'; readonly tube: string; readonly id: string; readonly attempt: number }
  /**
   * All slots of the tube in this process are taken by `running` handlers, each of which has run for longer than `overMs` (30 s), so that no job
   * of it starts here. `id` and `attempt` are of the one that began first, `ranMs` ago. Told once, until a slot is free. Not told of a tube
   * with a `timeout`. See `DqInspector.running`.
   */
  | {
      readonly type: 'handlers-stuck';
      readonly tube: string;
      /** The method, as `Class.method`. */
      readonly handler: string;
      readonly running: number;
      readonly overMs: number;
      readonly id: string;
      readonly attempt: number;
      readonly ranMs: number;
    }
  /**
   * A listener threw, or rejected, when it was told of an event of the type `told`: `onEvent`, a layer, or a method with `@OnDqEvent`.
   * Logged, and told to no listener.
   */
  | { readonly type: 'listener-failed'; readonly listener: string; readonly told: string; readonly error: unknown }
  | { readonly type: 'stop-deadline'; readonly tube: string; readonly running: number }
  /** The application closed before the claim store heard what became of these runs. Their jobs run again after their leases. */
  | { readonly type: 'results-untold'; readonly tube: string; readonly count: number };

export type DqEventType = DqEvent['type'];
/** The events of one type. */
export type DqEventOf<Type extends DqEventType> = Extract<DqEvent, { readonly type: Type }>;
/** What each job would tell: made only when somebody listens, and not written into the log. */
export type PerJobEvent = DqEventOf<'job-scheduled' | 'job-started' | 'job-completed' | 'job-again'>;
/** What is written into the log. */
export type LoggedEvent = Exclude<DqEvent, PerJobEvent>;
/** Must not throw and must not wait. */
export type Report = (event: DqEvent) => void;

/** Whether somebody listens to what each job would tell, by type. */
export type Wanted = Readonly<Record<PerJobEvent['type'], boolean>>;

export const NOTHING_WANTED: Wanted = {
  'job-scheduled': false,
  'job-started': false,
  'job-completed': false,
  'job-again': false,
};

export function isLogged<Event extends { readonly type: DqEventType }>(
  event: Event,
): event is Exclude<Event, PerJobEvent> {
  return !Object.hasOwn(NOTHING_WANTED, event.type);
}
