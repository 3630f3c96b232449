import { ConfigurableModuleBuilder, type DynamicModule, Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { DqRuntime } from '../core/runtime.js';
import { CRON_TOKEN } from '../nest/dq.cron-marks.js';
import { usedTubes } from '../nest/dq.tube-line.js';
import { apiController } from './api.controller.js';
import { Dashboard } from './dashboard.js';
import {
  checkNames,
  type DqDashboardMount,
  type DqDashboardOptions,
  type DqDashboardSettings,
  resolveMount,
  resolveSettings,
} from './dashboard-options.js';
import { pageController } from './page.controller.js';
import type { Cron } from './schedules-view.js';

const GIVEN = Symbol('nestjs-dq/dashboard options');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } = new ConfigurableModuleBuilder<DqDashboardSettings>({
  optionsInjectionToken: GIVEN,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createDqDashboardOptions')
  // Known before anything is made, since they stand on the controllers: never left to a factory.
  .setExtras<DqDashboardMount>({ path: undefined, guards: undefined, unguarded: undefined, imports: undefined }, define)
  .build();

/** What `DqDashboardModule.forRootAsync` takes: who gets in, and where, is said beside the factory. */
export type DqDashboardModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

function define(definition: DynamicModule, extras: DqDashboardMount): DynamicModule {
  const mount = resolveMount(extras);
  return {
    ...definition,
    imports: [...new Set([...(definition.imports ?? []), ...(extras.imports ?? [])])],
    controllers: [pageController(mount), apiController(mount)],
  };
}

/** Recurring jobs need not be there: what they need is loaded where they are. */
async function findCron(
  runtime: DqRuntime,
  modules: ModulesContainer,
  moduleRef: ModuleRef,
): Promise<(() => Cron) | undefined> {
  if (![...modules.values()].some(({ providers }) => providers.has(CRON_TOKEN))) return undefined;
  const [{ DqScheduler }, { Schedules }, { KnownSchedules }] = await Promise.all([
    import('../cron/scheduler.js'),
    import('../cron/schedules.js'),
    import('../cron/known-schedules.js'),
  ]);
  return () => ({
    scheduler: moduleRef.get(DqScheduler, { strict: false }),
    known: new KnownSchedules(runtime, moduleRef.get(Schedules, { strict: false })),
    preview: DqScheduler.preview.bind(DqScheduler),
  });
}

async function createDashboard(
  given: DqDashboardSettings,
  runtime: DqRuntime,
  adapterHost: HttpAdapterHost,
  modules: ModulesContainer,
  moduleRef: ModuleRef,
): Promise<Dashboard> {
  const cron = await findCron(runtime, modules, moduleRef);
  const used = (): readonly string[] => usedTubes(runtime.options, modules);
  return new Dashboard(runtime, resolveSettings(given), adapterHost, cron, used);
}

/** A page for whoever is on call, and its API, beside `DqModule`: ordinary controllers, behind the application's own guards. It may be there more than once. */
@Module({
  providers: [
    {
      provide: Dashboard,
      inject: [GIVEN, DqRuntime, HttpAdapterHost, ModulesContainer, ModuleRef],
      useFactory: createDashboard,
    },
  ],
})
export class DqDashboardModule extends ConfigurableModuleClass implements OnModuleDestroy {
  readonly #dashboard: Dashboard;

  constructor(@Inject(Dashboard) dashboard: Dashboard) {
    super();
    this.#dashboard = dashboard;
  }

  /**
   * Wrong options are refused at once, and so is a dashboard without guards, unless `unguarded` is true.
   * @throws DqOptionsError
   */
  static override forRoot(options: DqDashboardOptions): DynamicModule {
    checkNames(options);
    const { path: _path, guards: _guards, unguarded: _unguarded, imports: _imports, ...settings } = options;
    resolveSettings(settings);
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with what is shown and allowed from a factory, and checked when the application starts. `path` and `guards` stand beside it.
   * @throws DqOptionsError
   */
  static override forRootAsync(options: DqDashboardModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
  }

  /** Before the server closes, which waits for what is open. */
  onModuleDestroy(): void {
    this.#dashboard.streams.close();
  }
}
