import { type DynamicModule, Module } from '@nestjs/common';
import { DqModule } from 'nestjs-dq';
import { Mailer } from './mailer.js';
import { NightlyReport } from './nightly-report.js';
import { OrderDeadlines } from './order-deadlines.js';
import { ORDER_CANCELLATIONS, ORDER_CONFIRMATIONS, ORDER_REMINDERS } from './order-job.js';
import { OrderJobs } from './order-jobs.js';
import { OrderStore } from './order-store.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  // A tube is declared by its name, or with options where the defaults do not fit.
  imports: [
    DqModule.forFeature(
      { name: ORDER_REMINDERS, attempts: 3, priority: 'low' },
      // The dashboard tells of its last attempts.
      { name: ORDER_CONFIRMATIONS, history: { last: 1_000 } },
      ORDER_CANCELLATIONS,
    ),
  ],
  controllers: [OrdersController],
  providers: [OrdersService, OrderJobs, OrderStore, Mailer, NightlyReport],
})
export class OrdersModule {
  static with(deadlines: OrderDeadlines): DynamicModule {
    return { module: OrdersModule, providers: [{ provide: OrderDeadlines, useValue: deadlines }] };
  }
}
