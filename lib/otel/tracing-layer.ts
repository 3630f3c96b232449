import type { Context, Span, Tracer } from '@opentelemetry/api';
import {
  type DqInspector,
  type DqJob,
  DqLayer,
  type DqLayerHost,
  type DqScheduleCall,
  type DqScheduleNext,
} from '../index.js';
import { messaging } from './attributes.js';
import { type Ending, endingOfError, endingOfResult, type Fault, faultOf } from './ending.js';
import type { OpenTelemetry } from './open-telemetry.js';
import type { DqOtelOptions } from './otel-options.js';

/** Outside of the layers of users, so that what these do is in the span too. */
export const TRACING_ORDER = -1_000;

/** A span around every scheduling, in the caller's trace, and one around every attempt. */
@DqLayer({ order: TRACING_ORDER })
export class TracingLayer implements DqLayerHost {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;
  readonly #relation: DqOtelOptions['relation'];
  readonly #inspector: () => DqInspector;
  readonly #now: () => number;
  /** By tube. */
  readonly #handlers = new Map<string, string>();

  constructor(
    api: OpenTelemetry,
    relation: DqOtelOptions['relation'],
    inspector: () => DqInspector,
    now: () => number = () => Date.now(),
  ) {
    this.#api = api;
    this.#tracer = api.trace.getTracer('nestjs-dq');
    this.#relation = relation;
    this.#inspector = inspector;
    this.#now = now;
  }

  /** The queue's own work belongs to no trace, also where the application is made inside a span. */
  background(here: () => void): void {
    this.#api.context.with(this.#api.ROOT_CONTEXT, here);
  }

  async schedule(call: DqScheduleCall, next: DqScheduleNext): Promise<string> {
    const { context, SpanKind, trace } = this.#api;
    const { tube, dueAt } = call;
    const span = this.#tracer.startSpan(`schedule ${tube}`, {
      kind: SpanKind.PRODUCER,
      attributes: { ...messaging('schedule', tube), 'dq.due': dueAt?.toISOString() },
    });
    const inside = trace.setSpan(context.active(), span);
    try {
      const headers = this.#headersOf(inside, call.options.headers);
      const handle = await context.with(inside, () => next({ headers, optional: true }));
      span.setAttribute('messaging.message.id', handle.slice(handle.lastIndexOf(',') + 1));
      return handle;
    } catch (error) {
      this.#blame(span, faultOf(error));
      throw error;
    } finally {
      const { bodyBytes } = call;
      if (bodyBytes !== undefined) span.setAttribute('messaging.message.body.size', bodyBytes);
      span.end();
    }
  }

  async job(job: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    const { context, propagation, ROOT_CONTEXT, trace } = this.#api;
    const sent = propagation.extract(ROOT_CONTEXT, job.headers);
    const outside = this.#relation === 'parent' ? sent : trace.deleteSpan(sent);
    const producer = this.#relation === 'parent' ? undefined : trace.getSpanContext(sent);
    const span = this.#tracer.startSpan(
      `process ${job.tube}`,
      {
        kind: this.#api.SpanKind.CONSUMER,
        links: producer === undefined ? [] : [{ context: producer }],
        attributes: this.#about(job),
      },
      outside,
    );
    const aborted = (): void => this.#end(span, { outcome: 'aborted', fault: faultOf(job.signal.reason) });
    // A signal is made when it is asked for.
    const isRecording = span.isRecording();
    if (isRecording) job.signal.addEventListener('abort', aborted, { once: true });
    try {
      const result = await context.with(trace.setSpan(outside, span), next);
      this.#end(span, endingOfResult(result));
      return result;
    } catch (error) {
      this.#end(span, endingOfError(error));
      throw error;
    } finally {
      if (isRecording) job.signal.removeEventListener('abort', aborted);
    }
  }

  /**
   * The headers by which the context travels with a job. None beside a caller's own: who gives `traceparent` means that trace, and a part
   * of another one would make a third.
   */
  #headersOf(context: Context, own: unknown): Readonly<Record<string, string>> {
    const added: Record<string, string> = {};
    this.#api.propagation.inject(context, added);
    if (typeof own !== 'object' || own === null) return added;
    return Object.keys(added).some((name) => Object.hasOwn(own, name)) ? {} : added;
  }

  #about(job: DqJob): Record<string, string | number | undefined> {
    return {
      ...(messaging('process', job.tube) as Record<string, string>),
      'messaging.message.id': job.id,
      'dq.attempt': job.attempt,
      'dq.late_ms': Math.max(0, this.#now() - job.dueAt.getTime()),
      'dq.handler': this.#handlerOf(job.tube),
    };
  }

  /** A tube has one handler. */
  #handlerOf(tube: string): string | undefined {
    let handler = this.#handlers.get(tube);
    if (handler === undefined) {
      handler = this.#inspector().running(tube)[0]?.handler;
      if (handler !== undefined) this.#handlers.set(tube, handler);
    }
    return handler;
  }

  /** Once: what a handler does after it was aborted is no part of its attempt. */
  #end(span: Span, { outcome, fault }: Ending): void {
    if (!span.isRecording()) return;
    span.setAttribute('dq.outcome', outcome);
    if (fault !== undefined) this.#blame(span, fault);
    span.end();
  }

  #blame(span: Span, { type, message, stack }: Fault): void {
    span.setAttribute('error.type', type);
    span.recordException({ name: type, message, stack });
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message });
  }
}
