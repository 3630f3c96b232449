import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { DqJob } from '../core/consumer/dq-job.js';
import { DqOptionsError, DqScheduleError } from '../core/errors/argument.errors.js';
import { jobHeader } from '../core/producer/job-header.js';
import { DqRuntime } from '../core/runtime.js';
import { encodePayload } from '../core/wire/codec.js';
import { CRON_TOKEN } from '../nest/dq.cron-marks.js';
import { DqHandler } from '../nest/dq-handler.decorator.js';
import { isMade } from '../nest/dq.explorer.js';
import { afterEachLazyModule } from '../nest/dq.lazy-modules.js';
import { checkModuleOptions, type DqCronModuleOptions } from './cron-options.js';
import { CronRuns } from './cron-runs.js';
import { type FoundCron, foundCrons, requireUnlike } from './cron.explorer.js';
import { definitionOf } from './definition.js';
import { OccurrenceLayer } from './occurrence-layer.js';
import { ScheduleWatch } from './schedule-watch.js';
import { DqScheduler } from './scheduler.js';
import { Schedules, type WantedSchedule } from './schedules.js';

const CHECKED = Symbol('nestjs-dq/cron options, checked');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } = new ConfigurableModuleBuilder<DqCronModuleOptions>({
  optionsInjectionToken: CRON_TOKEN,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createDqCronOptions')
  .setExtras({}, (definition) => ({ ...definition, global: true }))
  .build();

/** What `DqCronModule.forRootAsync` takes. */
export type DqCronModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/** The tube is declared by whoever makes the options, before anybody asks for it. */
function checked(options: DqCronModuleOptions, runtime: DqRuntime, modules: ModulesContainer): DqCronModuleOptions {
  const times = [...modules.values()].filter(({ providers }) => providers.has(CRON_TOKEN)).length;
  if (times > 1) {
    throw new DqOptionsError(
      `Expected DqCronModule.forRoot or forRootAsync once in an application, got it ${times} times: each @DqCron would run for each of them. ` +
        'Call it in the root module alone.',
    );
  }
  const { tube } = checkModuleOptions(options);
  if (tube !== undefined) runtime.declare(tube);
  return options;
}

/** With a handler of the tube as every other, that is found as they are. Its class is made for one application. */
function runsOf({ tube, ...options }: DqCronModuleOptions, runtime: DqRuntime, moduleRef: ModuleRef): CronRuns {
  class DqCrons extends CronRuns {
    override run(data: unknown, job: DqJob): Promise<unknown> {
      return super.run(data, job);
    }
  }
  if (tube !== undefined) {
    const method = Object.getOwnPropertyDescriptor(DqCrons.prototype, 'run') as TypedPropertyDescriptor<unknown>;
    DqHandler(tube, options)(DqCrons.prototype, 'run', method as never);
  }
  return new DqCrons(runtime, moduleRef);
}

/**
 * Recurring jobs, beside `DqModule`: methods with `@DqCron`, and `DqScheduler` for those that are made at run time. It can be injected
 * everywhere.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: CHECKED, inject: [CRON_TOKEN, DqRuntime, ModulesContainer], useFactory: checked },
    { provide: Schedules, inject: [DqRuntime], useFactory: (runtime: DqRuntime) => new Schedules(runtime) },
    {
      provide: ScheduleWatch,
      inject: [DqRuntime, Schedules],
      useFactory: (runtime: DqRuntime, schedules: Schedules) => new ScheduleWatch(runtime, schedules),
    },
    {
      provide: OccurrenceLayer,
      inject: [DqRuntime, Schedules],
      useFactory: (runtime: DqRuntime, schedules: Schedules) => new OccurrenceLayer(runtime, schedules),
    },
    {
      provide: DqScheduler,
      inject: [DqRuntime, Schedules, CHECKED],
      useFactory: (runtime: DqRuntime, schedules: Schedules, { tube }: DqCronModuleOptions) =>
        new DqScheduler(runtime, schedules, tube),
    },
    { provide: CronRuns, inject: [CHECKED, DqRuntime, ModuleRef], useFactory: runsOf },
  ],
  exports: [DqScheduler],
})
export class DqCronModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  readonly #options: DqCronModuleOptions;
  readonly #runtime: DqRuntime;
  readonly #discovery: DiscoveryService;
  readonly #runs: CronRuns;
  readonly #watch: ScheduleWatch;
  readonly #schedules: Schedules;
  #wanted: readonly WantedSchedule[] = [];
  /** By name, once the application starts. */
  #known: Set<string> | undefined;
  #stopped = false;

  constructor(
    @Inject(CHECKED) options: DqCronModuleOptions,
    @Inject(DqRuntime) runtime: DqRuntime,
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(CronRuns) runs: CronRuns,
    @Inject(ScheduleWatch) watch: ScheduleWatch,
    @Inject(Schedules) schedules: Schedules,
    @Inject(LazyModuleLoader) lazyModules: LazyModuleLoader,
  ) {
    super();
    this.#options = options;
    this.#runtime = runtime;
    this.#discovery = discovery;
    this.#runs = runs;
    this.#watch = watch;
    this.#schedules = schedules;
    afterEachLazyModule(lazyModules, () => this.#refuseLater());
  }

  /**
   * Once in an application, beside `DqModule.forRoot`: a second one is refused at boot.
   * @throws DqOptionsError, DqTubeNameError
   */
  static override forRoot(options: DqCronModuleOptions = {}): DynamicModule {
    return super.forRoot(checkModuleOptions(options));
  }

  onModuleInit(): void {
    const { tube } = this.#options;
    const found = foundCrons(this.#discovery, tube ?? '');
    requireUnlike(found);
    this.#known = new Set(found.map(({ name }) => name));
    if (tube === undefined) {
      const [first] = found;
      if (first === undefined) return;
      throw new DqScheduleError(
        `Expected DqCronModule to be given a tube for @DqCron of '${first.name}', got none. Write DqCronModule.forRoot({ tube: 'crons' }).`,
      );
    }
    if (this.#runtime.requireTube(tube, 'DqCronModule').format === 'plain')
      throw new DqScheduleError(`Expected a native tube for DqCronModule, got "${tube}", which is plain.`);
    this.#runs.know(found);
    this.#wanted = found.filter(({ options }) => options.disabled !== true).map((cron) => this.#wantedOf(tube, cron));
  }

  onApplicationBootstrap(): void {
    if (!this.#stopped) this.#watch.start(this.#wanted);
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    await this.#watch.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#schedules.idle();
  }

  /** Schedules are put in at boot: nobody would call a method that comes later. */
  #refuseLater(): void {
    const known = this.#known;
    if (known === undefined || this.#stopped) return;
    const found = foundCrons(this.#discovery, this.#options.tube ?? '');
    const late = found.find(({ name, handler }) => !known.has(name) && isMade(handler.wrapper));
    if (late === undefined) return;
    // Whoever loads another module later is not told of this one again.
    known.add(late.name);
    throw new DqScheduleError(
      `Expected @DqCron in modules that are there at boot, got '${late.name}' of one that was loaded later: it would never run. Import its module ` +
        'in the application, or make the schedule by DqScheduler.',
    );
  }

  #wantedOf(tube: string, { name, spec, options }: FoundCron): WantedSchedule {
    const { codec } = this.#runtime.requireTube(tube, 'DqCronModule');
    const { priority, attempts, backoff, expires, headers } = options;
    const header = jobHeader({ priority, attempts, backoff, expires, headers }, false);
    return { tube, name, definition: definitionOf(spec, encodePayload(codec, null), header) };
  }
}
