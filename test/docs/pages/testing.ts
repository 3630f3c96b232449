// The code of docs/guides/testing.md, compiled and run.
import { expect } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DqGiveUp, DqHandler, DqProducer, InjectDqProducer } from 'nestjs-dq';
import { type DqMatchers, DqTesting, DqTestingModule, dqMatchers, useDqTesting } from 'nestjs-dq/testing';
import { AppModule, OrderService as ReadmeOrders } from './readme.js';

// Jest, expect from @jest/globals
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>> extends DqMatchers<R> {}
}

expect.extend(dqMatchers);

@Injectable()
export class OrderService {
  constructor(@InjectDqProducer('orders') private readonly orders: DqProducer<{ readonly id: string }>) {}

  place(order: { readonly id: string }): Promise<string> {
    return this.orders.delay(order, '30m', { key: `order-${order.id}` });
  }
}

@Injectable()
export class OrderJobs {
  @DqHandler('orders')
  charge(order: { readonly id: string }): void {
    if (order.id === '43') throw new DqGiveUp('card declined');
  }
}

export async function application(): Promise<void> {
  const moduleRef = await useDqTesting(Test.createTestingModule({ imports: [AppModule] })).compile();
  await moduleRef.init(); // or init() or listen() of the application made from it
  const dq = moduleRef.get(DqTesting);
  await moduleRef.get(ReadmeOrders).place({ id: '42' });
  expect(dq.scheduled()).toHaveLength(1);
  await moduleRef.close();
}

export function part(): Promise<TestingModule> {
  const builder = Test.createTestingModule({
    imports: [DqTestingModule.forRoot({ tubes: ['orders'] })],
    providers: [OrderService, OrderJobs],
  });
  return builder.compile();
}

export async function time(dq: DqTesting, orders: OrderService): Promise<void> {
  await orders.place({ id: '42' }); // schedules a job for in 30 minutes
  await dq.advance('30m'); // runs all that falls due, in order, retries and newly scheduled jobs too
  await dq.advanceTo(new Date('2030-01-01')); // the same, to a moment
  await dq.drain(); // until nothing waits that this application would run
  dq.now(); // virtual time, in epoch milliseconds
}

export function outcomes(dq: DqTesting): void {
  dq.scheduled('orders'); // jobs that wait, by when they run next: id, key, data, dueAt, nextAt, attempt, headers, priority, handle
  dq.completed('orders'); // with their result
  dq.failed('orders'); // those that had a failed attempt; see errors
  dq.dead('orders'); // dead letters, with their reason
  dq.revoked('orders'); // also those whose key was cancelled, or went to another job
  dq.jobs(); // all jobs
  void dq.history; // everything that happened, in order
}

export async function matchers(dq: DqTesting, orders: OrderService): Promise<void> {
  await orders.place({ id: '43' });
  await dq.drain();
  await orders.place({ id: '42' });
  expect(dq).toHaveScheduled('orders', { key: 'order-42', data: { id: '42' }, in: '30m', times: 1 });
  expect(dq).not.toHaveRevoked('orders');
  expect(dq).toHaveDead('orders', { reason: 'card declined' });
}

export async function handler(dq: DqTesting): Promise<string> {
  const result = await dq.run('orders', { id: '42' }, { attempt: 3 });
  // { outcome: 'completed', result } | { outcome: 'failed', error, retryIn } | { outcome: 'given-up', reason } | { outcome: 'again', again }
  return result.outcome;
}
