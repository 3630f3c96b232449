// The code of docs/guides/handling.md, compiled and run.
import { type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { DqAgain, DqGiveUp, DqHandler, DqInspector, type DqJob } from 'nestjs-dq';

export interface Order {
  readonly id: string;
}

export class Bank {
  readonly answers: string[] = [];

  async ask(id: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return this.answers.shift() ?? `${id} is paid`;
  }
}

@Injectable()
export class European implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType<string>() !== 'dq') return true; // a route of the same class
    const [order, job] = context.getArgs<[Order, DqJob<Order>]>();
    return order.id.startsWith('EU-') || job.attempt > 1;
  }
}

@UseGuards(European)
@Injectable()
export class OrderJobs {
  constructor(private readonly bank: Bank) {}

  @DqHandler('orders', { concurrency: 20, timeout: '1m' })
  async cancelUnpaid(order: Order, job: DqJob<Order>): Promise<DqAgain | undefined> {
    const answer = await this.bank.ask(order.id, job.signal); // stops when the attempt no longer counts
    if (answer === 'unknown order') throw new DqGiveUp('the bank does not know it');
    return answer === 'pending' ? new DqAgain('5m') : undefined;
  }
}

export async function pause(inspector: DqInspector): Promise<void> {
  await inspector.pause('orders', { reason: 'migration', for: '10m' }); // from now on no attempt starts anywhere
  await inspector.paused(); // [{ tube: 'orders', since, until, reason: 'migration' }]
  await inspector.resume('orders'); // true; false where it was not paused
}

export interface Sms {
  readonly text: string;
}

export class Gateway {
  readonly statuses: number[] = [];

  async send({ text }: Sms): Promise<{ readonly status: number }> {
    return { status: text === '' ? 400 : (this.statuses.shift() ?? 200) };
  }
}

@Injectable()
export class SmsJobs {
  constructor(
    private readonly gateway: Gateway,
    private readonly inspector: DqInspector,
  ) {}

  @DqHandler('sms')
  async send(sms: Sms): Promise<DqAgain | undefined> {
    const { status } = await this.gateway.send(sms);
    if (status !== 429) return undefined;
    await this.inspector.pause('sms', { for: '30s', reason: '429' });
    return new DqAgain('30s');
  }
}
