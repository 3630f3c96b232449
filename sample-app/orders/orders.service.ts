import { randomBytes } from 'node:crypto';
import { ConflictException, Injectable, Logger, NotFoundException } from '@nestjs/common';
import { DqProducer, InjectDqProducer } from 'nestjs-dq';
import { OrderDeadlines } from './order-deadlines.js';
import { ORDER_CANCELLATIONS, ORDER_CONFIRMATIONS, ORDER_REMINDERS, type OrderJob } from './order-job.js';
import type { NewOrder, Order } from './order.js';
import { OrderStore } from './order-store.js';

@Injectable()
export class OrdersService {
  private readonly log = new Logger('Orders');

  constructor(
    private readonly store: OrderStore,
    private readonly deadlines: OrderDeadlines,
    @InjectDqProducer(ORDER_CONFIRMATIONS) private readonly confirmations: DqProducer<OrderJob>,
    @InjectDqProducer(ORDER_REMINDERS) private readonly reminders: DqProducer<OrderJob>,
    @InjectDqProducer(ORDER_CANCELLATIONS) private readonly cancellations: DqProducer<OrderJob>,
  ) {}

  /**
   * Schedules first and keeps the order after that: if scheduling fails, or we die in between, no order stays unpaid for ever.
   * A job that was scheduled all the same finds no order, and does nothing.
   */
  async place({ item, price, email }: NewOrder): Promise<Order> {
    const now = Date.now();
    const remindAt = new Date(now + this.deadlines.remindAfter);
    const cancelAt = new Date(now + this.deadlines.cancelAfter);
    // Not counted from 1 after each start: a job of an earlier order must not meet a later one of the same id.
    const id = randomBytes(4).toString('hex');
    const order: Order = { id, item, price, email, status: 'placed', placedAt: new Date(now), remindAt, cancelAt };

    // `delay(job, '30m')` does the same; here the order tells the very moment, so the job is scheduled for that moment.
    // The key is our own name for each job: with it, `pay` cancels the job.
    await Promise.all([
      this.reminders.at({ orderId: id }, remindAt, { key: id }),
      this.cancellations.at({ orderId: id }, cancelAt, { key: id }),
      // In a second: by then the order is kept.
      email === undefined ? undefined : this.confirmations.delay({ orderId: id }, '1s'),
    ]);
    await this.store.add(order);
    const mailed = email === undefined ? '' : `; confirmation to ${email}`;
    this.log.log(
      `order ${id} placed: reminder at ${time(remindAt)}, cancelled at ${time(cancelAt)} unless paid${mailed}`,
    );
    return order;
  }

  all(): Promise<readonly Order[]> {
    return this.store.all();
  }

  async get(id: string): Promise<Order> {
    const order = await this.store.find(id);
    if (order === undefined) throw new NotFoundException(`There is no order ${id}.`);
    return order;
  }

  /** A dead letter of the order's, retried, takes the new address: a job carries the order's id alone. */
  async changeEmail(id: string, email: string): Promise<Order> {
    const order = await this.store.changeEmail(id, email);
    return order ?? this.get(id);
  }

  /** The store decides who was first, the customer or the clock. Only then are the jobs cancelled: one that runs all the same does nothing. */
  async pay(id: string): Promise<Order> {
    const paid = await this.store.changePlaced(id, { status: 'paid', paidAt: new Date() });
    if (paid === undefined) throw notPlaced(await this.get(id));
    this.log.log(`order ${id} paid; ${await this.cancelJobs(id)}`);
    return paid;
  }

  /** The order is paid, whatever comes of this. 'none' of the reminder says that the customer has had it. */
  private async cancelJobs(id: string): Promise<string> {
    try {
      const [cancellation, reminder] = await Promise.all([this.cancellations.cancel(id), this.reminders.cancel(id)]);
      return `cancel() said '${cancellation}' of its cancellation, '${reminder}' of its reminder`;
    } catch (error) {
      return `its jobs stay, and will find nothing to do: ${String(error)}`;
    }
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
