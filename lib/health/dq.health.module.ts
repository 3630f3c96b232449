import { type DynamicModule, Module } from '@nestjs/common';
import type { HealthIndicatorService } from '@nestjs/terminus';
import { DqHealth } from '../index.js';
import { optionalPeer } from '../optional-peer.js';
import { DqHealthIndicator } from './dq.health.indicator.js';

/** Gives `DqHealthIndicator` to modules that have health checks of `@nestjs/terminus`. */
@Module({})
export class DqHealthModule {
  /**
   * In each module whose controller has health checks, beside its `TerminusModule`. Needs `DqModule` in the application.
   * A promise, as Nest takes it among `imports`. Rejects with DqOptionsError when `@nestjs/terminus` is not installed
   */
  static async forRoot(): Promise<DynamicModule> {
    const { HealthIndicatorService: indicators, TerminusModule } = await optionalPeer(
      '@nestjs/terminus',
      'DqHealthModule',
      () => import('@nestjs/terminus'),
    );
    return {
      module: DqHealthModule,
      imports: [TerminusModule],
      providers: [
        {
          provide: DqHealthIndicator,
          inject: [indicators, DqHealth],
          useFactory: (service: HealthIndicatorService, health: DqHealth) => new DqHealthIndicator(service, health),
        },
      ],
      exports: [DqHealthIndicator],
    };
  }
}
