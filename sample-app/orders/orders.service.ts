import { randomBytes } from 'node:crypto';
import { ConflictException, Injectable, Logger, NotFoundException } from '@nestjs/common';
import { DqProducer, type DqRevokeOutcome, InjectDqProducer } from 'nestjs-dq';
import { OrderDeadlines } from './order-deadlines.js';
import { ORDER_CANCELLATIONS, ORDER_REMINDERS, type OrderJob } from './order-job.js';
import type { NewOrder, Order } from './order.js';
import { OrderStore, type StoredOrder } from './order-store.js';

/** A paid order, and what `revoke` said of its jobs. */
export interface PaidOrder extends Order {
  readonly revoke: { readonly cancellation: DqRevokeOutcome; readonly reminder: DqRevokeOutcome };
}

@Injectable()
export class OrdersService {
  private readonly log = new Logger('Orders');

  constructor(
    private readonly store: OrderStore,
    private readonly deadlines: OrderDeadlines,
    @InjectDqProducer(ORDER_REMINDERS) private readonly reminders: DqProducer<OrderJob>,
    @InjectDqProducer(ORDER_CANCELLATIONS) private readonly cancellations: DqProducer<OrderJob>,
  ) {}

  /**
   * Schedules first and keeps the order after that: if scheduling fails, or we die in between, no order stays unpaid for ever.
   * A job that was scheduled all the same finds no order, and does nothing.
   */
  async place({ item, price }: NewOrder): Promise<Order> {
    const now = Date.now();
    const remindAt = new Date(now + this.deadlines.remindAfter);
    const cancelAt = new Date(now + this.deadlines.cancelAfter);
    // Not counted from 1 after each start: a job of an earlier order must not meet a later one of the same id.
    const id = randomBytes(4).toString('hex');
    const order: Order = { id, item, price, status: 'placed', placedAt: new Date(now), remindAt, cancelAt };

    // `delay(job, '30m')` does the same; here the order tells the very moment, so the job is scheduled for that moment.
    const [reminder, cancellation] = await Promise.all([
      this.reminders.at({ orderId: id }, remindAt),
      this.cancellations.at({ orderId: id }, cancelAt),
    ]);
    await this.store.add(order, { reminder, cancellation });
    this.log.log(`order ${id} placed: reminder at ${time(remindAt)}, cancelled at ${time(cancelAt)} unless paid`);
    return order;
  }

  all(): Promise<readonly Order[]> {
    return this.store.all();
  }

  async get(id: string): Promise<Order> {
    return (await this.find(id)).order;
  }

  /**
   * Takes both jobs back, and accepts the money only when the cancellation is certainly off: `revoke` decides who was first.
   * If that fails half-way, the order stays placed and can still be paid, since a second revoke gives the same answer; but
   * nothing may be left to cancel it.
   */
  async pay(id: string): Promise<PaidOrder> {
    const { order, handles } = await this.find(id);
    if (order.status !== 'placed') throw notPlaced(order);

    const [cancellation, reminder] = await Promise.all([
      this.cancellations.revoke(handles.cancellation),
      this.reminders.revoke(handles.reminder),
    ]);
    // 'done' of the reminder only says that the customer had one. 'dead': given up, so it does not cancel the order either.
    if (cancellation === 'running' || cancellation === 'done') {
      throw new ConflictException(`Order ${id} cannot be paid any more: its time is up and it is being cancelled.`);
    }
    const paid = await this.store.changePlaced(id, { status: 'paid', paidAt: new Date() });
    // Another payment for the same order was faster.
    if (paid === undefined) throw notPlaced(await this.get(id));

    this.log.log(`order ${id} paid: cancellation ${cancellation}, reminder ${reminder}`);
    return { ...paid, revoke: { cancellation, reminder } };
  }

  private async find(id: string): Promise<StoredOrder> {
    const found = await this.store.find(id);
    if (found === undefined) throw new NotFoundException(`There is no order ${id}.`);
    return found;
  }
}

function notPlaced({ id, status, cancelAt }: Order): ConflictException {
  return new ConflictException(
    status === 'cancelled'
      ? `Order ${id} cannot be paid any more: it was cancelled, its time was up at ${cancelAt.toISOString()}.`
      : `Order ${id} is paid already.`,
  );
}

function time(date: Date): string {
  return date.toLocaleTimeString();
}
