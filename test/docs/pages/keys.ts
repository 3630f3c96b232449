// The code of docs/guides/keys.md, compiled and run.
import { Injectable } from '@nestjs/common';
import { DqHandler, type DqJob, DqKeyTakenError, DqProducer, InjectDqProducer } from 'nestjs-dq';

export interface Order {
  readonly id: string;
}

export interface User {
  readonly id: string;
  readonly trialEndsAt: Date;
}

@Injectable()
export class Orders {
  constructor(@InjectDqProducer('cancellations') readonly cancellations: DqProducer<{ readonly orderId: string }>) {}

  async placed(order: Order): Promise<void> {
    await this.cancellations.delay({ orderId: order.id }, '30m', { key: order.id });
  }

  async paid(order: Order): Promise<void> {
    await this.cancellations.cancel(order.id); // it never runs
  }
}

export async function upsert(orders: DqProducer<Order>, order: Order): Promise<string> {
  const { outcome, dueAt, previous } = await orders.upsert(order.id, order, { delay: '30m' }); // or at: date
  // 'scheduled': nothing waited. 'replaced': `previous` waited. 'postponed' and 'kept': the job that waited stays.
  // 'superseded': a call that was admitted later was quicker; what it said stands.
  return `${outcome} for ${dueAt.toISOString()}, before: ${previous?.state}`;
}

export async function once(orders: DqProducer<Order>, order: Order, log: (text: string) => void): Promise<void> {
  try {
    await orders.delay(order, '30m', { key: order.id, onConflict: 'error' });
  } catch (error) {
    if (!(error instanceof DqKeyTakenError)) throw error;
    log(`${error.state} already, for ${error.dueAt.toISOString()}`); // 'scheduled', 'retrying' or 'running'
  }
}

@Injectable()
export class SearchIndex {
  constructor(@InjectDqProducer('reindex') private readonly reindex: DqProducer<{ readonly userId: string }>) {}

  async changed(userId: string): Promise<void> {
    await this.reindex.delay({ userId }, '10s', { key: userId, debounce: { maxWait: '1m' } });
  }

  async touched(userId: string): Promise<void> {
    await this.reindex.delay({ userId }, '10s', { key: userId, onConflict: 'keep' });
  }
}

@Injectable()
export class ReindexJobs {
  @DqHandler('reindex')
  async run(): Promise<void> {}
}

@Injectable()
export class Trials {
  constructor(@InjectDqProducer('trial-ends') private readonly ends: DqProducer<{ readonly userId: string }>) {}

  /** When a trial begins, and whenever its end is another one: later and earlier alike. */
  async endChanged(user: User): Promise<void> {
    await this.ends.at({ userId: user.id }, user.trialEndsAt, { key: user.id });
  }

  async subscribed(user: User): Promise<void> {
    await this.ends.cancel(user.id);
  }
}

export async function snooze(
  reminders: DqProducer<{ readonly text: string }>,
  taskId: string,
): Promise<string | undefined> {
  switch (await reminders.reschedule(taskId, { delay: '2h' })) {
    case 'rescheduled': // its payload and its options stay
    case 'running': // a handler has it now: nothing was changed
    case 'none': // nothing waits under the key: nothing was scheduled
  }
  const found = await reminders.find(taskId); // { id, handle, dueAt, state, attempt }, or undefined
  return found?.state;
}

@Injectable()
export class CancellationJobs {
  readonly cancelled: string[] = [];

  @DqHandler('cancellations')
  async cancelUnpaid({ orderId }: { readonly orderId: string }, job: DqJob): Promise<void> {
    if (await this.isPaid(orderId)) return; // the database has the last word
    await this.cancelOrder(orderId, { idempotencyKey: job.id }); // never job.key
  }

  private async isPaid(orderId: string): Promise<boolean> {
    return orderId === 'paid';
  }

  private async cancelOrder(orderId: string, { idempotencyKey }: { readonly idempotencyKey: string }): Promise<void> {
    this.cancelled.push(orderId, idempotencyKey);
  }
}
