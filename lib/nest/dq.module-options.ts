import type { LoggerService } from '@nestjs/common';
import type { DqModuleEnhancers } from './dq.module-enhancers.js';
import type { DqEmbeddedOptions, DqOptions, DqTubeOptions } from '../core/options/dq-options.js';

/** What takes the lines for operators. */
export type DqLogger = Pick<LoggerService, 'log' | 'warn' | 'error'>;

/** What `DqModule.forRoot` takes: servers, or `embedded`, and the rest. */
export type DqModuleOptions = (DqOptions | DqEmbeddedOptions) & DqLogOptions & DqEnhancerOptions;

/** Where lines for operators go. */
export interface DqLogOptions {
  /**
   * Takes the lines that an operator should see, instead of Nest's `Logger`. `false` writes no lines. Lines never carry a payload, and
   * each kind is written at most once in 10 s for each node or tube, dead letters five times, with a count of those left out.
   */
  readonly logger?: DqLogger | false | undefined;
}

/** What stands around all handlers. */
export interface DqEnhancerOptions {
  /** Guards, interceptors, pipes and filters of every handler; see {@link DqModuleEnhancers}. @default none: global ones are not applied */
  readonly enhancers?: DqModuleEnhancers | undefined;
}

/** Extras of `forRoot` and `forRootAsync`, which Nest must know before the options are there. */
export interface DqModuleExtras {
  /**
   * The tubes whose producers can be injected where `DqModule` is imported. Those that only the factory of `forRootAsync`
   * knows need a `forFeature` with their name to be injected. @default none but the default tube
   */
  readonly tubes?: readonly (string | DqTubeOptions)[] | undefined;
  /** Makes these producers injectable in every module. @default true */
  readonly isGlobal?: boolean | undefined;
}

/** What `useClass` and `useExisting` of `DqModule.forRootAsync` provide. */
export interface DqOptionsFactory {
  createDqOptions(): DqModuleOptions | Promise<DqModuleOptions>;
}
