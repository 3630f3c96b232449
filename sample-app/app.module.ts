import { type DynamicModule, Module } from '@nestjs/common';
import { DqModule } from 'nestjs-dq';
import { DqCronModule } from 'nestjs-dq/cron';
import { DqDashboardModule } from 'nestjs-dq/dashboard';
import { OrdersModule } from './orders/orders.module.js';
import type { Settings } from './settings.js';

/** The shop. Its settings come from outside: `main.ts` reads the environment, the spec has its own. */
@Module({})
export class AppModule {
  static with({ queue, deadlines }: Settings): DynamicModule {
    return {
      module: AppModule,
      // Where jobs live is said once, here; modules with tubes of their own declare them with forFeature.
      // All methods with @DqCron share one tube, which is the shop's own.
      imports: [
        DqModule.forRoot(queue),
        DqCronModule.forRoot({ tube: 'shop-crons' }),
        // Unguarded, since `main.ts` listens on this machine alone. Whoever reaches a dashboard can read and delete jobs, so yours has guards instead:
        // `DqDashboardModule.forRoot({ title: 'Shop', guards: [AdminGuard], imports: [AuthModule] })`.
        DqDashboardModule.forRoot({ title: 'Shop', unguarded: true }),
        OrdersModule.with(deadlines),
      ],
    };
  }
}
