// The code of README.md, compiled and run. Its smallest program is in smallest-program.ts.
import { expect } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DqHandler, DqModule, DqProducer, InjectDqProducer } from 'nestjs-dq';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';

export interface Order {
  readonly id: string;
}

@Injectable()
export class OrderService {
  constructor(@InjectDqProducer('orders') readonly orders: DqProducer<Order>) {}

  async place(order: Order): Promise<void> {
    await this.orders.delay(order, '30m'); // resolves when two servers have it
  }
}

@Injectable()
export class Shop {
  readonly cancelled: string[] = [];

  async cancel(id: string): Promise<void> {
    this.cancelled.push(id);
  }
}

@Injectable()
export class OrderJobs {
  constructor(private readonly shop: Shop) {}

  @DqHandler('orders')
  cancelUnpaid(order: Order): Promise<void> {
    return this.shop.cancel(order.id); // runs once, 30 minutes later
  }
}

@Module({
  imports: [DqModule.forRoot({ beanstalks: ['a:1', 'b:1'], redis: 'redis://a', tubes: ['orders'] })],
  providers: [OrderService, OrderJobs, Shop],
})
export class AppModule {}

export async function schedule(
  orders: DqProducer<Order>,
  order: Order,
  traceparent: string,
): Promise<readonly string[]> {
  await orders.delay(order, '30m', { key: order.id }); // at most one job waits under a key: the next call takes its place
  const paid = await orders.cancel(order.id); // 'cancelled', 'running' or 'none'
  await orders.delay(order, '10s', { key: order.id, debounce: { maxWait: '1m' } }); // 10 s after the last call, 1 min after the first at most
  await orders.delay(order, '1h', { id: 'reminder-42' }); // your own id: a second call with it is refused, not run twice

  const handle = await orders.at(order, new Date('2030-01-01'), { attempts: 2, headers: { traceparent } });
  const { state } = await orders.status(handle); // 'scheduled', 'running', 'retrying', 'done', 'dead', ...
  const outcome = await orders.revoke(handle); // 'revoked', 'running', 'done' or 'dead'
  return [paid, state, outcome];
}

export async function test(): Promise<void> {
  const moduleRef = await useDqTesting(Test.createTestingModule({ imports: [AppModule] })).compile(); // no server is contacted
  await moduleRef.init();
  const dq = moduleRef.get(DqTesting);

  await moduleRef.get(OrderService).place({ id: '42' });
  await dq.advance('30m'); // virtual time: runs all that falls due, in order, retries too
  expect(dq.completed('orders')).toHaveLength(1);
  await moduleRef.close();
}

export function embedded(): void {
  DqModule.forRoot({ embedded: true, tubes: ['orders'] }); // no server; all jobs end with this process
  DqModule.forRoot({ embedded: { file: '/var/lib/shop/jobs' }, tubes: ['orders'] }); // no server; the file keeps them
}
