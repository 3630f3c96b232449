import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { DqRuntime } from '../core/runtime.js';
import { CRON_TOKEN } from '../nest/dq.cron-marks.js';
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

function createDashboard(
  given: DqDashboardSettings,
  runtime: DqRuntime,
  adapterHost: HttpAdapterHost,
  modules: ModulesContainer,
): Dashboard {
  const hasSchedules = [...modules.values()].some(({ providers }) => providers.has(CRON_TOKEN));
  return new Dashboard(runtime, resolveSettings(given), adapterHost, hasSchedules);
}

/** A page for whoever is on call, and its API, beside `DqModule`: ordinary controllers, behind the application's own guards. It may be there more than once. */
@Module({
  providers: [
    { provide: Dashboard, inject: [GIVEN, DqRuntime, HttpAdapterHost, ModulesContainer], useFactory: createDashboard },
  ],
})
export class DqDashboardModule extends ConfigurableModuleClass {
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
}
