/** What events of one job have. */
export interface OfJob {
  readonly tube: string;
  readonly id: string;
}

/** What events of one attempt have. */
export interface OfAttempt extends OfJob {
  /** The method, as `Class.method`. */
  readonly handler: string;
  readonly attempt: number;
}

/**
 * What happened that an operator or a test may want to know. Never carries a payload.
 *
 * `job-failed`, `job-dead` and `job-skipped` come when this process has decided, before the claim store knows: if they came later, a process
 * that dies in between would leave a dead letter without an event. So they are not final. When the store says that another consumer has the
 * job, `result-refused` follows for the same `id` and `attempt`. While the store is away the decision is kept and sent later. When the process
 * ends first, `results-untold` says so (after kill -9 nothing does), the job runs again, and may have events again. `DqInspector.dead` lists
 * what is final.
 */
export type DqEvent =
  /**
   * A node died, hangs, or cannot be reached. `reached` false: it has never answered since this process began, so its address may be wrong.
   * Comes again when another kind of reason shows while the node is lost. A node that is lost and back over and over has no further event until
   * it has been back for ten seconds. The store and the file work the same way.
   */
  | { readonly type: 'node-lost'; readonly node: string; readonly reason: string; readonly reached: boolean }
  /** The last node was lost. No job is scheduled or run until one is back. Embedded queues have no such event. */
  | { readonly type: 'nodes-lost'; readonly nodes: readonly string[] }
  /**
   * Two names lead to one server, where two copies are no safety. While that is so, `first` gets new copies and `node` does not. Comes again
   * when a new connection finds it again.
   */
  | { readonly type: 'nodes-are-one'; readonly first: string; readonly node: string; readonly serverId: string }
  /** A lost node answers again. `losses`: how often it was lost in that time, when more than once. */
  | { readonly type: 'node-back'; readonly node: string; readonly awayMs: number; readonly losses?: number }
  /** A node cannot write its log. Copies that it could lose hold of are moved to other nodes. */
  | { readonly type: 'node-full'; readonly node: string; readonly reason: string }
  /** A node is set up in a way that can lose jobs, or has a clock that differs. */
  | { readonly type: 'node-warning'; readonly node: string; readonly reason: string }
  /** Redis cannot be reached, or refuses what claims need. `reason` ends with what to do, where that is known. */
  | { readonly type: 'store-lost'; readonly reason: string; readonly reached: boolean }
  /** Redis does again what it had refused. */
  | { readonly type: 'store-back'; readonly awayMs: number; readonly losses?: number }
  /** Redis is set up in a way that can lose claims, or cannot be checked, or has a clock that differs. */
  | { readonly type: 'store-warning'; readonly reason: string }
  /** At the start: the tube's name is one that other clients of beanstalkd read. */
  | { readonly type: 'tube-warning'; readonly tube: string; readonly reason: string }
  /**
   * A Go consumer of dq had the lock of a job: it reads this tube too, and dq's promises hold there instead of these. Each consumer of the
   * tube reports it once.
   */
  | { readonly type: 'go-consumer-seen'; readonly tube: string }
  /** The application runs embedded. `file` undefined: all jobs end with the process. */
  | { readonly type: 'embedded-started'; readonly file: string | undefined }
  /** The file of an embedded queue cannot be written. No job is scheduled or started while that is so. */
  | { readonly type: 'file-lost'; readonly file: string; readonly reason: string }
  /** The file can be written again. */
  | { readonly type: 'file-back'; readonly file: string; readonly awayMs: number; readonly losses?: number }
  /** Fewer nodes than `minWrites` took a job, and its caller got a `DqQuorumError`. */
  | (OfJob & { readonly type: 'quorum-failed'; readonly reason: string })
  /** Enough nodes have a job. A refused job has no such event. `handle`: what its caller gets. */
  | (OfJob & { readonly type: 'job-scheduled'; readonly dueAt: Date; readonly handle: string })
  /** An attempt starts. `lateMs`: how long after the due time, the waits of retries included. */
  | (OfAttempt & { readonly type: 'job-started'; readonly lateMs: number })
  /** The handler returned. Comes before the claim store knows; see above. `tookMs` is how long this attempt took, `lateMs` how late it started. */
  | (OfAttempt & { readonly type: 'job-completed'; readonly tookMs: number; readonly lateMs: number })
  /** The handler put its job off with `DqAgain`. Comes before the claim store knows; see above. */
  | (OfAttempt & { readonly type: 'job-again'; readonly againMs: number })
  /** An attempt failed and others are left. Comes at once; see above. `tookMs` and `lateMs` as in `job-completed`. */
  | (OfAttempt & {
      readonly type: 'job-failed';
      readonly retryMs: number;
      readonly error: unknown;
      readonly tookMs: number;
      readonly lateMs: number;
    })
  /** A job became a dead letter: no attempt is left, or the handler gave it up. Comes before the claim store knows; see above. */
  | (OfAttempt & {
      readonly type: 'job-dead';
      readonly reason: string;
      /** What the handler threw in this attempt; undefined when it was not called. */
      readonly error?: unknown;
      /** How long this attempt took; 0 when the handler was not called. */
      readonly tookMs: number;
      readonly lateMs: number;
    })
  /** A job came too late and ended as done, as its `expires` says. Comes before the claim store knows; see above. */
  | (OfJob & { readonly type: 'job-skipped'; readonly lateMs: number })
  /** Runs of a recurring job were left out, since they came too late for what its `missed` says. Counted up to 1,000 or so. */
  | { readonly type: 'schedule-missed'; readonly tube: string; readonly name: string; readonly missed: number }
  /** No method here has this recurring job, nor had one for ten minutes: it was removed. Does another service use this tube for its own? */
  | { readonly type: 'schedule-unknown'; readonly tube: string; readonly name: string }
  /** A copy was buried: of a dead letter, or of a body that is no job, or one later than the retention. */
  | {
      readonly type: 'copy-buried';
      readonly tube: string;
      readonly node: string;
      readonly number: number;
      /** True for a copy of a job that was given up, which has an event of its own. */
      readonly dead: boolean;
      readonly reason: string;
    }
  /** A copy came up before its time and was put back: it was kicked, or a clock stepped. */
  | { readonly type: 'copy-early'; readonly tube: string; readonly node: string; readonly earlyMs: number }
  /** The handler ended after its `timeout`, when the attempt had already failed. Its result was ignored. */
  | (OfJob & { readonly type: 'result-late'; readonly attempt: number; readonly lateMs: number })
  /** Another consumer has the job: earlier events of this attempt do not stand. */
  | (OfJob & { readonly type: 'result-refused'; readonly attempt: number })
  /**
   * A job whose `key` went to another one, or was cancelled, while it ran has ended without success: it is not tried again, whatever its
   * `job-failed` or `job-again` said before.
   */
  | { readonly type: 'job-superseded'; readonly tube: string; readonly id: string; readonly attempt: number }
  /**
   * `running` handlers take all slots of the tube in this process, and each has run for longer than `overMs` (30 s), so no job of the tube
   * starts here. `id` and `attempt` are those of the one that began first, `ranMs` ago. Comes once, until a slot is free, and never for a tube with
   * a `timeout`. See `DqInspector.running`.
   */
  | (OfAttempt & {
      readonly type: 'handlers-stuck';
      readonly running: number;
      readonly overMs: number;
      readonly ranMs: number;
    })
  /**
   * A listener threw, or rejected, when it got an event of the type `told`: `onEvent`, a layer, or a method with `@OnDqEvent`. It is logged,
   * and no listener gets it.
   */
  | { readonly type: 'listener-failed'; readonly listener: string; readonly told: string; readonly error: unknown }
  /**
   * This process found a tube paused: no attempt of it starts anywhere until it is resumed, or until `until`. Each process that has its handler
   * tells this once, when it has a job to run, or at its start.
   */
  | {
      readonly type: 'tube-paused';
      readonly tube: string;
      readonly reason: string | undefined;
      readonly until: Date | undefined;
    }
  /** It is not paused any more. `pausedMs`: for how long this process saw it so. */
  | { readonly type: 'tube-resumed'; readonly tube: string; readonly pausedMs: number }
  /**
   * Somebody did something by hand on a dashboard: `what`, such as `pause` or `retry`, to a tube, a job's id, a key or a schedule, and `by` whom,
   * where the dashboard was told how to know.
   */
  | {
      readonly type: 'operator-action';
      readonly what: string;
      readonly tube: string | undefined;
      readonly subject: string | undefined;
      readonly by: string | undefined;
    }
  /** Handlers outlasted the shutdown deadline. Their jobs were given back. */
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
