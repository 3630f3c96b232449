import type { DqEvent } from '../base/events.js';
import type { RedisSource } from '../redis/redis-source.js';
import type { DqCodec } from '../wire/codec.js';
import type { DqPriority } from '../wire/priority.js';
import type { DqDuration } from './duration.js';

/** A node: `host:port`, or that with the tube that the unnamed producer writes to (as dq's configuration has it). */
export type DqBeanstalk = string | { readonly endpoint: string; readonly tube?: string | undefined };

/**
 * How long a failed job waits for its next attempt, as values, so that it can travel with a job.
 * - `fixed`: always `delay`.
 * - `exponential`: `delay` x `factor`^(attempt - 1), at most `max`, less a random part of up to `jitter` of it.
 */
export type DqBackoffFormula =
  | { readonly type: 'fixed'; readonly delay: DqDuration }
  | {
      readonly type: 'exponential';
      /** The wait after the first failure. */
      readonly delay: DqDuration;
      /** At least 1. @default 2 */
      readonly factor?: number | undefined;
      /** @default '1h' */
      readonly max?: DqDuration | undefined;
      /** 0 (none) to 1 (anything from 0 to the full wait). @default 0.2 */
      readonly jitter?: number | undefined;
    };

/** A formula, or a function: milliseconds, from the attempt that failed (1 is the first) and its error. */
export type DqBackoff = DqBackoffFormula | ((attempt: number, error: unknown) => number);

/** What happens to a job that could not start in time. */
export interface DqExpires {
  /**
   * How long after its due time an attempt, the first or a later one, is still worth starting. A retry after a failure counts from that time
   * too, so a backoff longer than this ends the job. Once the handler has returned `DqAgain`, the time counts from the moment that it asked for.
   * Minimum 1 ms.
   */
  readonly after: DqDuration;
  /** `'run'`: it starts all the same. `'skip'`: it ends as done, and is reported. `'bury'`: it becomes a dead letter. */
  readonly action: 'run' | 'skip' | 'bury';
}

/** How the jobs of a tube are run. A handler's own options win over its tube's, and those over the module's `defaults`. */
export interface DqRunOptions {
  /**
   * How many jobs of the tube run at once in this process. Too low: jobs wait although the machine is idle. Too high: the
   * handlers fight for what they share (a pool, a rate limit). Minimum 1. @default 10
   */
  readonly concurrency?: number | undefined;
  /**
   * Attempts before a job is given up and becomes a dead letter. A consumer that dies in the middle counts as one.
   * Minimum 1 (no retry). @default 5
   */
  readonly attempts?: number | undefined;
  /** The wait between attempts. @default { type: 'exponential', delay: '1s', factor: 2, max: '1h', jitter: 0.2 } */
  readonly backoff?: DqBackoff | undefined;
  /**
   * How long one attempt may take. Then its `signal` fires, the attempt counts as failed, and a late result is refused.
   * Too low: slow but healthy work is repeated. Minimum 1 ms. @default none
   */
  readonly timeout?: DqDuration | undefined;
  /**
   * How long a claim lasts unless renewed; a running job is renewed every third of it. When a consumer dies, its jobs run
   * again after this time. Too low, such as below twice the `commandDeadline`: a busy event loop or a short Redis outage lets a
   * second consumer start the same job. Too high: jobs of a dead consumer wait long. Minimum '1s'. @default '30s'
   */
  readonly lease?: DqDuration | undefined;
}

/** One tube: beanstalkd's queue, with one handler. */
export interface DqTubeOptions extends DqRunOptions {
  /** 1 to 200 of beanstalkd's characters, without `/` and `,`. */
  readonly name: string;
  /**
   * `'native'` carries an id and headers. `'plain'` is what Go's dq writes and reads: choose it when Go consumers read the
   * tube; docs/guides/with-go.md says what holds there. Both are always understood when reading. @default 'native'
   */
  readonly format?: 'native' | 'plain' | undefined;
  /** Payloads to bytes and back; `'raw'` carries a `Buffer` or string as it is and gives handlers a `Buffer`. @default 'json' */
  readonly codec?: 'json' | 'raw' | DqCodec | undefined;
  /** For jobs that do not set their own. @default 'normal' */
  readonly priority?: DqPriority | undefined;
  /**
   * How long beanstalkd lets a consumer keep a copy without a sign of life; held copies are touched every 2 s. Too low:
   * a stalled consumer loses its copies (the claim still keeps them from running twice). Too high: copies of a consumer that
   * was cut off without a word come back late. Minimum '5s'. @default '60s'
   */
  readonly ttr?: DqDuration | undefined;
  /** What to do with jobs that come too late, for example after an outage. @default they are always run */
  readonly expires?: DqExpires | undefined;
  /**
   * Keeps what became of the last attempts, for `DqInspector.history`: a log for people, no part of any promise. It costs no trip; in Redis about
   * 150 bytes an attempt. @default none is kept
   */
  readonly history?: DqHistory | undefined;
}

/** How much of a tube's history is kept; what comes first ends it. */
export interface DqHistory {
  /** Attempts; Redis may keep a few more. From 1 to 1,000,000. @default 10_000 */
  readonly last?: number | undefined;
  /** Minimum '1m'. @default '7d' */
  readonly for?: DqDuration | undefined;
}

/** The options that servers and embedded queues share. */
export interface DqSharedOptions {
  /** The tubes that may be written or handled. @default the default tube alone: `dq-default`, or what the nodes name */
  readonly tubes?: readonly (string | DqTubeOptions)[] | undefined;
  /** For all tubes that do not set their own. */
  readonly defaults?: Omit<DqTubeOptions, 'name'> | undefined;
  /** `false`: this process only schedules. A list: it handles these tubes only. @default true */
  readonly consume?: boolean | readonly string[] | undefined;
  /**
   * How long a node or Redis may take to answer. Too low: a busy server is taken for a dead one. Too high: a hung server is
   * noticed late. Minimum 100 ms. @default '3s'
   */
  readonly commandDeadline?: DqDuration | undefined;
  /** How long `app.close()` waits for running handlers before it gives their jobs back. @default '10s' */
  readonly shutdownDeadline?: DqDuration | undefined;
  /**
   * How long after its due time a copy may turn up and still be known: claims are kept as long, and later copies are buried
   * as expired. It must be longer than any absence of a node you want to survive. Costs about 200 bytes of Redis memory per
   * job whose copies are not all accounted for, such as those written while a node is away, and per job that was revoked.
   * Minimum '1s'. @default '7d'
   */
  readonly retention?: DqDuration | undefined;
  /**
   * How long a job that is done is known once all its copies are deleted. A node whose disk is put back to an older state, from a
   * snapshot or a backup, or without its last writes after a power failure, brings deleted copies back: within this time they are
   * deleted again, later they run once more. A revoke holds for the `retention`, whatever stands here. Costs about 200 bytes of Redis
   * memory per job for this time: at 100 jobs a second 70 MB with '1h', 1.7 GB with '1d'. Minimum '1s', at most the `retention`, or an
   * hour where that is shorter. @default '1h'
   */
  readonly doneRetention?: DqDuration | undefined;
  /** The largest body, due time and header included; no more than the nodes' own `-z`. @default 65535 */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Whether `currentDqJob()` returns the job anywhere below its handler, such as in a logger. On Node 20 and 22 an `AsyncLocalStorage` makes
   * every promise of the process a little slower. @default false
   */
  readonly context?: boolean | undefined;
  /**
   * Gets events as values, except `job-scheduled`, `job-started`, `job-completed` and `job-again`, which every job would have: `@OnDqEvent` and a
   * layer with `event` get these. See `DqEvent`. Nothing waits for it. What it throws or rejects with is logged, and harms nothing.
   */
  readonly onEvent?: ((event: DqEvent) => void) | undefined;
}

/** Jobs on servers: beanstalkd nodes, and Redis for the claims. */
export interface DqOptions extends DqSharedOptions {
  /**
   * The nodes; three are usual. All services of an installation name the same nodes. Name each server once: under two names it would hold both
   * copies of a job. Two names of one server are reported (`nodes-are-one`) and count once.
   */
  readonly beanstalks: readonly DqBeanstalk[];
  /**
   * Where claims are kept: a URL (user and password percent-encoded), ioredis options, or a `Redis`/`Cluster` instance, which is duplicated.
   * Options of ioredis hold or are refused with the reason; see {@link RedisSource}. Which rights its user needs, and what a failover can
   * lose: docs/guides/redis.md.
   */
  readonly redis: RedisSource;
  /** Nodes each job is written to. Minimum 1, at most the nodes there are. @default 3, or all nodes if fewer */
  readonly copies?: number | undefined;
  /**
   * Nodes that must have taken a job before `delay` resolves. With 1, one dead node can lose jobs, so that has to be set explicitly.
   * @default 2
   */
  readonly minWrites?: number | undefined;
  /** For embedded mode see {@link DqEmbeddedOptions}. @default false */
  readonly embedded?: false | undefined;
}

/** Embedded mode: jobs and claims in this process alone, with no server. The options of servers have no place here. */
export interface DqEmbeddedOptions extends DqSharedOptions {
  /** `true`: everything ends with the process. `{ file }`: a file keeps it; see {@link DqEmbedded}. */
  readonly embedded: true | DqEmbedded;
  readonly beanstalks?: undefined;
  readonly redis?: undefined;
  readonly copies?: 1 | undefined;
  readonly minWrites?: 1 | undefined;
}

/** Where an embedded queue keeps its jobs. */
export interface DqEmbedded {
  /**
   * A file on a local disk that keeps waiting jobs, claims and dead letters, through restarts and kill -9. It is created when it is
   * missing; its folder is not. One process at a time has it. Relative to the working directory. `delay` then resolves when the
   * disk has the job. It is a database of SQLite and needs Node 22.13 or later; an older one refuses it with DqOptionsError.
   * @default none: everything ends with the process
   */
  readonly file?: string | undefined;
}

/** How long calls may put a job off. */
export interface DqDebounce {
  /** From the first call. Minimum: the delay of the call. */
  readonly maxWait: DqDuration;
}

/** Options of one job. */
export interface DqJobOptions {
  /**
   * The job's own id: 1 to 128 letters, digits or `. _ ~ : @ + = -`, with no `~` in front. An id names one job of its tube, until the retention after
   * its due time is over, and for as long as the job waits, runs or is retried: another call with it is refused with
   * `DqDuplicateIdError`, which tells what became of the job. So a caller who does not know whether a call succeeded may repeat it.
   * Costs one round trip to Redis before the write, and one behind it. Native tubes only. @default 128 random bits, which cost nothing
   */
  readonly id?: string | undefined;
  /**
   * A name of your own for what is to be done: at most one job waits under it. 1 to 200 characters, no control characters; another one is
   * refused with `DqKeyError`. Unlike an `id` it is free again when its job is over, and `job.id` stays another for each job. A job that
   * runs is never touched: a call beside it schedules a new job, and the one that runs is not tried again when it fails. Costs two round
   * trips to Redis, and about 300 bytes there until the job is over. Not beside an `id`. Native tubes only, whose consumers all know keys:
   * an older release buries the job.
   */
  readonly key?: string | undefined;
  /**
   * What happens where a job waits under the key. `'replace'`: this call's payload, options and moment take its place; where nothing
   * differs but a later moment, as with `'postpone'`. `'postpone'`: it stays as it is, and runs at this call's moment, unless that is
   * earlier. `'keep'`: it stays as it is, also when it runs. `'error'`: the same, and the call is refused with `DqKeyTakenError`.
   * Needs a `key`. @default 'replace'
   */
  readonly onConflict?: 'replace' | 'keep' | 'postpone' | 'error' | undefined;
  /**
   * Each call moves the job to its own `delay` from now, but no further than `maxWait` from the first call since nothing waited under the
   * key. `true`: without such an end. Needs a `key`, a `delay` and `onConflict` `'replace'` or `'postpone'`. A `maxWait` is at least the delay.
   */
  readonly debounce?: true | DqDebounce | undefined;
  /** Native tubes only. @default the tube's */
  readonly priority?: DqPriority | undefined;
  /** Attempts for this job, instead of its handler's. Minimum 1. Native tubes only. */
  readonly attempts?: number | undefined;
  /**
   * The wait between the attempts of this job, instead of its handler's. A function cannot travel with a job: it belongs to the
   * tube or the handler. Native tubes only.
   */
  readonly backoff?: DqBackoffFormula | undefined;
  /** When this job comes too late, instead of its tube's. Native tubes only. */
  readonly expires?: DqExpires | undefined;
  /** Headers that travel with the job, such as `traceparent`; one that is undefined does not. Native tubes only. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
}
