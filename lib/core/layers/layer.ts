import type { DqJob } from '../consumer/dq-job.js';
import type { DqEvent } from '../base/events.js';
import type { DqJobOptions } from '../options/dq-options.js';

/** A `delay()` or `at()` on its way, of `delayMany` and `atMany` too. */
export interface DqScheduleCall {
  readonly tube: string;
  readonly data: unknown;
  /** When the job is to run; undefined for a delay or a moment that will be refused. */
  readonly dueAt: Date | undefined;
  /** What the caller gave. */
  readonly options: DqJobOptions;
  /** Bytes of its body on a node, once it is encoded: `next()` begins with that. */
  readonly bodyBytes: number | undefined;
}

/** Goes on to the next layer, or does it. May be called once. */
export type DqScheduleNext = (added?: {
  /** The caller's own win. Left out on a plain tube, whose jobs have no headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** True: the job is scheduled without these rather than refused, where they make its headers or its body too large. @default false */
  readonly optional?: boolean;
}) => Promise<string>;

/**
 * What stands around every attempt and every scheduling of an application: traces, contexts, measurements. In a Nest application a
 * provider with `@DqLayer()`. Each method may be left out, and costs nothing then.
 */
export interface DqLayerHost {
  /**
   * Around one attempt: outside of its guards and request scope, inside of its `timeout` and `signal`. What it returns is the outcome, or,
   * when that is undefined, what `next()` gave. Without `next()` the job is done and its handler is not called. What it throws fails the attempt.
   */
  job?(job: DqJob, next: () => Promise<unknown>): unknown;
  /**
   * Around one call, in the caller's asynchronous context. Returns the handle that `next()` gave. Not called for what a constructor or a
   * factory schedules while the application is being made.
   */
  schedule?(call: DqScheduleCall, next: DqScheduleNext): Promise<string>;
  /** Gets every event, also those of each job, which `onEvent` does not get. What it throws is logged, and harms nothing. */
  event?(event: DqEvent): unknown;
  /**
   * Called once, before the queue starts. The asynchronous context in which it calls `here` is the one in which the queue does its own work from
   * then on: timers, connections, handlers. For a tracer: an application may be made inside a span, which has ended when jobs run.
   */
  background?(here: () => void): void;
}
