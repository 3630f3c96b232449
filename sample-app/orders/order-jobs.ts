import { Injectable, Logger } from '@nestjs/common';
import { DqGiveUp, DqHandler, type DqJob } from 'nestjs-dq';
import { Mailer, MailBouncedError } from './mailer.js';
import { ORDER_CANCELLATIONS, ORDER_CONFIRMATIONS, ORDER_REMINDERS, type OrderJob } from './order-job.js';
import { OrderStore } from './order-store.js';

/**
 * What runs when an order's time has come. A job runs at least once: if its consumer dies in the middle, or the handler throws,
 * it runs again, maybe in another process. So each handler looks at the order first, and a second run finds nothing to do.
 */
@Injectable()
export class OrderJobs {
  private readonly log = new Logger('Orders');

  constructor(
    private readonly store: OrderStore,
    private readonly mailer: Mailer,
  ) {}

  @DqHandler(ORDER_CONFIRMATIONS)
  async confirm({ orderId }: OrderJob, job: DqJob<OrderJob>): Promise<void> {
    const order = await this.store.find(orderId);
    if (order?.email === undefined) return this.nothingToDo(job);
    try {
      // The job's id is the mail's: a second attempt sends no second mail.
      await this.mailer.send({ id: job.id, to: order.email, text: `Your order ${orderId} has come: ${order.item}.` });
    } catch (error) {
      // It would bounce again. Anything else is tried again, as a thrown error is.
      throw error instanceof MailBouncedError ? new DqGiveUp(error.message) : error;
    }
    this.log.log(`order ${orderId} confirmed, ${lateness(job)}`);
  }

  @DqHandler(ORDER_REMINDERS)
  async remind({ orderId }: OrderJob, job: DqJob<OrderJob>): Promise<void> {
    const order = await this.store.find(orderId);
    if (order?.status !== 'placed' || order.remindedAt !== undefined) return this.nothingToDo(job);
    // The mail would be sent here, with job.id as its idempotency key: dying before the next line must not send it twice.
    await this.store.changePlaced(orderId, { remindedAt: new Date() });
    this.log.log(`order ${orderId} reminded, ${lateness(job)}`);
  }

  @DqHandler(ORDER_CANCELLATIONS, { concurrency: 20 })
  async cancel({ orderId }: OrderJob, job: DqJob<OrderJob>): Promise<void> {
    const order = await this.store.changePlaced(orderId, { status: 'cancelled', cancelledAt: new Date() });
    if (order === undefined) return this.nothingToDo(job);
    this.log.log(`order ${orderId} cancelled, ${lateness(job)}`);
  }

  /** It was paid, cancelled or reminded before, or placed before a restart: orders are kept in memory, and jobs are not. */
  private async nothingToDo({ data, tube }: DqJob<OrderJob>): Promise<void> {
    const order = await this.store.find(data.orderId);
    this.log.log(`order ${data.orderId} (${order?.status ?? 'forgotten'}): nothing to do for its job in ${tube}`);
  }
}

function lateness({ dueAt }: DqJob): string {
  return `${Date.now() - dueAt.getTime()} ms after its time`;
}
