import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Type,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { Meter } from '@opentelemetry/api';
import { DqHealth, DqInspector, DqOptionsError } from '../index.js';
import { serverGauges, tubeGauges } from './gauges.js';
import { MetricsLayer } from './metrics-layer.js';
import { type OpenTelemetry, openTelemetry } from './open-telemetry.js';
import { type DqOtelOptions, resolveOtelOptions, type ResolvedOtelOptions } from './otel-options.js';
import { TracingLayer } from './tracing-layer.js';

const GIVEN = Symbol('nestjs-dq/otel options');
const RESOLVED = Symbol('nestjs-dq/otel options with defaults');
const API = Symbol('nestjs-dq/otel API');
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

/** What is found when it is needed: `DqModule` need not be global, nor made before this one. */
function found<Found>(type: Type<Found>, moduleRef: ModuleRef): () => Found {
  return () => moduleRef.get(type, { strict: false });
}

/** Taken at the boot and not before: unlike a tracer, a meter that was taken before the SDK began measures nothing for ever. */
function meter({ metrics }: OpenTelemetry): Meter {
  return metrics.getMeter('nestjs-dq');
}

/** Of the module's types none needs the peer: declarations are sound without it. */
type Gauges = readonly { start(): void; stop(): void }[];

function gauges(api: OpenTelemetry, { metrics, observe }: ResolvedOtelOptions, moduleRef: ModuleRef): Gauges {
  if (!metrics) return [];
  const servers = serverGauges(meter(api), found(DqHealth, moduleRef));
  return observe ? [servers, tubeGauges(meter(api), found(DqInspector, moduleRef))] : [servers];
}

/** A second one would make each span and each count twice. */
function resolvedOnce(given: DqOtelOptions, modules: ModulesContainer): ResolvedOtelOptions {
  const times = [...modules.values()].filter(({ metatype }) => metatype === DqOtelModule).length;
  if (times > 1) {
    throw new DqOptionsError(
      `Expected DqOtelModule.forRoot or forRootAsync once in an application, got it ${times} times: each span would be there twice. ` +
        'Call it in the root module alone.',
    );
  }
  return resolveOtelOptions(given);
}

/**
 * Traces and metrics of all jobs by OpenTelemetry, once in an application, beside `DqModule`. It needs `@opentelemetry/api`, and an SDK
 * that the application starts before Nest.
 */
@Module({
  providers: [
    { provide: API, useFactory: openTelemetry },
    { provide: RESOLVED, inject: [GIVEN, ModulesContainer], useFactory: resolvedOnce },
    { provide: GAUGES, inject: [API, RESOLVED, ModuleRef], useFactory: gauges },
    {
      provide: TracingLayer,
      inject: [API, RESOLVED, ModuleRef],
      useFactory: (api: OpenTelemetry, { relation }: ResolvedOtelOptions, moduleRef: ModuleRef) =>
        new TracingLayer(api, relation, found(DqInspector, moduleRef)),
    },
    {
      provide: MetricsLayer,
      inject: [API, RESOLVED],
      useFactory: (api: OpenTelemetry, { metrics }: ResolvedOtelOptions) =>
        metrics ? new MetricsLayer(meter(api)) : null,
    },
  ],
})
export class DqOtelModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #gauges: Gauges;

  constructor(@Inject(GAUGES) gauges: Gauges) {
    this.#gauges = gauges;
  }

  /**
   * Once in an application, in its root module: a second one is refused at boot. A promise, as Nest takes it among `imports`.
   * Rejects with DqOptionsError for wrong options, and when `@opentelemetry/api` is not installed
   */
  static async forRoot(options: DqOtelOptions = {}): Promise<DynamicModule> {
    await openTelemetry();
    resolveOtelOptions(options);
    return { ...ConfigurableModuleClass.forRoot(options), module: DqOtelModule };
  }

  /**
   * As {@link forRoot}, with options from a factory, which are checked when the application starts.
   * Rejects with DqOptionsError when `@opentelemetry/api` is not installed
   */
  static async forRootAsync(options: DqOtelModuleAsyncOptions): Promise<DynamicModule> {
    await openTelemetry();
    return { ...ConfigurableModuleClass.forRootAsync(options), module: DqOtelModule };
  }

  onApplicationBootstrap(): void {
    for (const gauge of this.#gauges) gauge.start();
  }

  onApplicationShutdown(): void {
    for (const gauge of this.#gauges) gauge.stop();
  }
}
