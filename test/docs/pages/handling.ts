// The code of docs/guides/handling.md, compiled and run.
import { type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { DqAgain, DqGiveUp, DqHandler, type DqJob } from 'nestjs-dq';

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
