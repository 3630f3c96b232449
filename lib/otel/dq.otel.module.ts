import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Meter } from '@opentelemetry/api';
import { DqHealth, DqInspector } from '../index.js';
import { MetricsLayer } from './metrics-layer.js';
import { openTelemetry } from './open-telemetry.js';
import { type DqOtelOptions, resolveOtelOptions, type ResolvedOtelOptions } from './otel-options.js';
import { ServerGauges } from './server-gauges.js';
import { TracingLayer } from './tracing-layer.js';
import { TubeGauges } from './tube-gauges.js';

const GIVEN = Symbol('nestjs-dq/otel options');
const RESOLVED = Symbol('nestjs-dq/otel options with defaults');
const GAUGES = Symbol('nestjs-dq/otel gauges');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } = new ConfigurableModuleBuilder<DqOtelOptions>({
  optionsInjectionToken: GIVEN,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createDqOtelOptions')
  .setExtras({}, (definition) => definition)
  .build();

/** What `DqOtelModule.forRootAsync` takes. */
export type DqOtelModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/** Of the module's types none needs the peer: declarations are sound without it. */
type Gauges = readonly { start(): void; stop(): void }[];

/** What is found when it is needed: `DqModule` need not be global, nor made before this one. */
function found<Found>(type: Type<Found>, moduleRef: ModuleRef): () => Found {
  return () => moduleRef.get(type, { strict: false });
}

/** Taken at the boot and not before: unlike a tracer, a meter that was taken before the SDK began measures nothing for ever. */
function meter(): Meter {
  return openTelemetry().metrics.getMeter('nestjs-dq');
}

function gauges({ metrics, observe }: ResolvedOtelOptions, moduleRef: ModuleRef): Gauges {
  if (!metrics) return [];
  const servers = new ServerGauges(meter(), found(DqHealth, moduleRef));
  return observe ? [servers, new TubeGauges(meter(), found(DqInspector, moduleRef))] : [servers];
}

/**
 * Traces and metrics of all jobs by OpenTelemetry, once in an application, beside `DqModule`. It needs `@opentelemetry/api`, and an SDK
 * that the application starts before Nest.
 */
@Module({
  providers: [
    { provide: RESOLVED, inject: [GIVEN], useFactory: resolveOtelOptions },
    { provide: GAUGES, inject: [RESOLVED, ModuleRef], useFactory: gauges },
    {
      provide: TracingLayer,
      inject: [RESOLVED, ModuleRef],
      useFactory: ({ relation }: ResolvedOtelOptions, moduleRef: ModuleRef) =>
        new TracingLayer(openTelemetry(), relation, found(DqInspector, moduleRef)),
    },
    {
      provide: MetricsLayer,
      inject: [RESOLVED],
      useFactory: ({ metrics }: ResolvedOtelOptions) => (metrics ? new MetricsLayer(meter()) : null),
    },
  ],
})
export class DqOtelModule extends ConfigurableModuleClass implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #gauges: Gauges;

  constructor(@Inject(GAUGES) gauges: Gauges) {
    super();
    this.#gauges = gauges;
  }

  /**
   * Once in an application, in its root module.
   * @throws DqOptionsError for wrong options, and when `@opentelemetry/api` is not installed
   */
  static override forRoot(options: DqOtelOptions = {}): DynamicModule {
    openTelemetry();
    resolveOtelOptions(options);
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with options from a factory, which are checked when the application starts.
   * @throws DqOptionsError when `@opentelemetry/api` is not installed
   */
  static override forRootAsync(options: DqOtelModuleAsyncOptions): DynamicModule {
    openTelemetry();
    return super.forRootAsync(options);
  }

  onApplicationBootstrap(): void {
    for (const gauge of this.#gauges) gauge.start();
  }

  onApplicationShutdown(): void {
    for (const gauge of this.#gauges) gauge.stop();
  }
}
