import { context, propagation, type Span, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { until } from '../../support/wait.js';

/** The SDK of a test, which keeps what it exports until the next one starts. */
export class TracingSdk {
  #exporter = new InMemorySpanExporter();
  #provider: BasicTracerProvider | undefined;

  start(): void {
    this.#exporter = new InMemorySpanExporter();
    this.#provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#exporter)] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    );
    trace.setGlobalTracerProvider(this.#provider);
  }

  async stop(): Promise<void> {
    await this.#provider?.shutdown();
    for (const api of [trace, propagation, context]) api.disable();
  }

  get all(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** Waits for so many spans whose names begin so, and returns them as they began. */
  async spans(name: string, count = 1): Promise<readonly ReadableSpan[]> {
    const found = await until(
      () => {
        const named = this.all.filter((span) => span.name.startsWith(name));
        return named.length >= count ? named : undefined;
      },
      { what: `${count} of ${name}` },
    );
    return found.toSorted((one, other) => nanoseconds(one) - nanoseconds(other));
  }

  /** Runs something inside a span, as instrumentation of a framework does. */
  async within<T>(name: string, run: (span: Span) => Promise<T>): Promise<T> {
    return trace.getTracer('test').startActiveSpan(name, { kind: SpanKind.SERVER }, async (span) => {
      try {
        return await run(span);
      } finally {
        span.end();
      }
    });
  }
}

function nanoseconds({ startTime: [seconds, rest] }: ReadableSpan): number {
  return seconds * 1e9 + rest;
}
