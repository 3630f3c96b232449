import type { LoggerService } from '@nestjs/common';
import type { DqOptions } from './core/options/dq-options.js';

/** What `DqModule.forRoot` takes. */
export interface DqModuleOptions extends DqOptions {
  /**
   * Takes the lines an operator should see, instead of Nest's `Logger`. `false` writes none. Lines never carry a payload, and
   * each kind is written at most once in 10 s for each node or tube, with a count of those left out.
   */
  readonly logger?: Pick<LoggerService, 'log' | 'warn' | 'error'> | false;
}

/** What `useClass` and `useExisting` of `DqModule.forRootAsync` provide. */
export interface DqOptionsFactory {
  createDqOptions(): DqModuleOptions | Promise<DqModuleOptions>;
}
