import { Injectable, Logger } from '@nestjs/common';
import { DqCron, type DqOccurrence } from 'nestjs-dq/cron';
import type { OrderStatus } from './order.js';
import { OrderStore } from './order-store.js';

/** What became of all orders, as of a night. */
export interface Report extends Readonly<Record<OrderStatus, number>> {
  readonly of: Date;
}

/** Once a night in the whole fleet: where no process was there at that time, the next one that starts does it, once. */
@Injectable()
export class NightlyReport {
  readonly reports: Report[] = [];
  private readonly log = new Logger('Reports');

  constructor(private readonly store: OrderStore) {}

  @DqCron('0 0 * * *', { name: 'nightly-report', timeZone: 'Europe/Berlin' })
  async write({ slot, missed }: DqOccurrence): Promise<void> {
    const counts: Record<OrderStatus, number> = { placed: 0, paid: 0, cancelled: 0 };
    for (const { status } of await this.store.all()) counts[status]++;
    this.reports.push({ of: slot, ...counts });
    const late = missed === 0 ? '' : `, and for ${missed} night(s) before`;
    this.log.log(
      `${counts.paid} paid, ${counts.cancelled} cancelled, ${counts.placed} open; for ${slot.toISOString()}${late}`,
    );
  }
}
