import type { Act } from '../../harness/application/payload.js';

/** A call with a key of the caller's own. */
export interface PlannedKey {
  readonly key: string;
  readonly onConflict: 'replace' | 'keep' | 'postpone' | 'error';
  /** No debounce when it is undefined; as long as there are calls when it is Infinity. */
  readonly maxWaitMs: number | undefined;
}

/** Something said of a key beside its jobs: it is cancelled, or what waits is to run so long after that. */
export interface PlannedWord {
  readonly number: number;
  readonly at: number;
  readonly by: number;
  readonly key: string;
  readonly moveMs: number | undefined;
}

/** A tube is paused, for so long or until it is resumed, by another process if need be. */
export interface PlannedPause {
  readonly number: number;
  readonly at: number;
  readonly by: number;
  readonly tube: string;
  readonly forMs: number | undefined;
  readonly resumeAfterMs: number | undefined;
}

export interface PlannedJob {
  readonly seq: number;
  /** When it is asked for, in milliseconds of true time. */
  readonly at: number;
  /** The process that asks. */
  readonly by: number;
  readonly tube: string;
  readonly delayMs: number;
  /** By `at()` rather than `delay()`. */
  readonly timed: boolean;
  /**
   * The number of the first job that has its id, where the caller gave one. That job is asked for again until it is known to be
   * there; others that want the same id are asked for once.
   */
  readonly ownId?: number;
  /** Two calls with a key may have one number: they are equal. */
  readonly keyed?: PlannedKey;
  readonly act: Act;
  /** Bytes of padding. */
  readonly bytes: number;
  readonly attempts?: number;
  /** How long it waits after a failed attempt, instead of the tube's backoff. */
  readonly backoffMs?: number;
  readonly priority?: 'high' | 'low';
  readonly expires?: { readonly after: number; readonly action: 'bury' | 'skip' };
  /** Revoked so long after it was acknowledged. */
  readonly revokeAfterMs?: number;
}

/** Something that goes wrong at a moment, mostly for a while. Processes, nodes: by their number. */
export type PlannedFault = { readonly at: number } & (NodeFault | RedisFault | ProcessFault);

type NodeFault = { readonly node: number } & (
  | { readonly kind: 'node-killed'; readonly ms: number; readonly lostWrites: number; readonly withHost: boolean }
  /** A copy is made of its disk, and put back so much later. A draining one takes no new jobs until it is started again. */
  | { readonly kind: 'node-restored' | 'node-stopped' | 'node-full' | 'node-draining'; readonly ms: number }
  | { readonly kind: 'node-clock'; readonly stepMs: number }
  | { readonly kind: 'kicked'; readonly tube: string }
);

type RedisFault =
  | {
      readonly kind: 'redis-killed';
      readonly ms: number;
      readonly forgets: 'nothing' | 'since-snapshot' | 'everything';
      readonly withHost: boolean;
    }
  | { readonly kind: 'redis-stopped'; readonly ms: number }
  /** The address leads to a replica that has not heard the last `lagMs`. */
  | { readonly kind: 'redis-failover'; readonly lagMs: number }
  /** All keys are deleted; nobody loses a connection. */
  | { readonly kind: 'redis-flushed' }
  /** Redis answers some commands with errors, to one process or (-1) to all. */
  | { readonly kind: 'redis-refuses'; readonly process: number; readonly what: Refused; readonly ms: number };

/** `server`: a node's number, or -1 for Redis. */
type ProcessFault = { readonly process: number } & (
  | { readonly kind: 'process-killed'; readonly ms: number; readonly withHost: boolean }
  | { readonly kind: 'process-stopped' | 'process-closed'; readonly ms: number }
  | { readonly kind: 'app-clock'; readonly stepMs: number }
  | { readonly kind: 'app-drift'; readonly ms: number; readonly rate: number }
  | { readonly kind: 'cut'; readonly server: number }
  | { readonly kind: 'blocked'; readonly server: number; readonly way: 'up' | 'down' | 'both'; readonly ms: number }
  | { readonly kind: 'slow'; readonly server: number; readonly ms: number; readonly slowMs: number }
);

/** Whether it gives a process a reason of its own to lose a lease. */
export function keepsFromRedis(fault: PlannedFault): fault is Extract<PlannedFault, { readonly process: number }> {
  switch (fault.kind) {
    case 'blocked':
    case 'cut':
    case 'slow':
      return fault.server < 0;
    case 'redis-refuses':
      return fault.process >= 0;
    case 'process-stopped':
    case 'process-killed':
      return true;
    default:
      return false;
  }
}

/** Commands that Redis refuses: all that write, the trials by which it is asked whether it is back, or what concerns one tube. */
export type Refused = 'writes' | 'trials' | 'one tube';

export type FaultKind = PlannedFault['kind'];

/** How the application is set up; all processes alike. */
export interface PlannedSettings {
  readonly nodes: number;
  readonly leaseMs: number;
  readonly ttrMs: number;
  readonly deadlineMs: number;
  readonly concurrency: number;
  readonly attempts: number;
  readonly timeoutMs: number;
  readonly backoffMs: number;
  readonly retentionMs: number;
}

/**
 * All that a seed decides beforehand. Any part of its jobs and faults is a plan too, which is how a failing one is made small;
 * chance that is needed while it is played comes from streams of the same seed, one for each purpose.
 */
export interface Plan {
  readonly seed: number;
  /** `safety`: faults to the end; nothing forbidden may happen. `liveness`: they end, and then everything has to be done in time. */
  readonly mode: Mode;
  readonly settings: PlannedSettings;
  /** What each process does: it schedules, or it runs jobs, or both. */
  readonly processes: readonly Role[];
  /** All consumers are closed for so long from then on: days go by. */
  readonly night: { readonly at: number; readonly ms: number } | undefined;
  readonly jobs: readonly PlannedJob[];
  readonly words: readonly PlannedWord[];
  readonly pauses: readonly PlannedPause[];
  readonly faults: readonly PlannedFault[];
  /** When faults, or in safety mode everything, end. */
  readonly endMs: number;
}

/** What the parts of a plan are made for. */
export interface Circumstances extends Pick<Plan, 'processes' | 'night' | 'settings' | 'endMs' | 'mode'> {
  /** Jobs are asked for until then, the night left out. */
  readonly busyMs: number;
}

export type Mode = 'safety' | 'liveness';
export type Role = 'schedules' | 'consumes' | 'both';

export const NATIVE_TUBE = 'orders';
export const PLAIN_TUBE = 'mails';
