// The code of docs/guides/scheduling.md, compiled and run.
import { DqDuplicateIdError, type DqJobStatus, type DqManyResult, type DqProducer } from 'nestjs-dq';

export interface Order {
  readonly id: string;
}

export async function schedule(orders: DqProducer<Order>, data: Order, traceparent: string): Promise<string> {
  const handle = await orders.delay(data, '90s'); // a number is milliseconds; a string has a unit: ms, s, m (minutes), h, d, w, y
  await orders.at(data, new Date('2030-01-01T00:00:00Z')); // a Date or epoch milliseconds
  await orders.delay(data, '1h', { key: data.id }); // your own name for it: orders.cancel(data.id) takes it back
  await orders.delay(data, '1h', { id: 'reminder-42' }); // your own id
  await orders.delay(data, '1h', {
    priority: 'high',
    attempts: 2,
    backoff: { type: 'fixed', delay: '1m' },
    headers: { traceparent },
  });
  return handle;
}

export async function cancel(orders: DqProducer<Order>, handle: string): Promise<void> {
  switch (await orders.revoke(handle)) {
    case 'revoked': // it will not run, or not again
    case 'running': // a handler has it now
    case 'done': // it is over, or not known
    case 'dead': // it is a dead letter
  }
}

export async function look(
  orders: DqProducer<Order>,
  handle: string,
  logger: { log(text: string): void },
): Promise<DqJobStatus> {
  const status = await orders.status(handle); // or { id: 'reminder-42' }, for a job of this producer's tube
  if (status.state === 'retrying') logger.log(`it runs again at ${status.nextAt.toISOString()}`);
  return status;
}

export async function remind(
  orders: DqProducer<Order>,
  data: Order,
  logger: { log(text: string): void },
): Promise<void> {
  try {
    await orders.delay(data, '1h', { id: `reminder-${data.id}` });
  } catch (error) {
    if (!(error instanceof DqDuplicateIdError)) throw error;
    logger.log(`already ${error.state}`); // 'pending', 'scheduled', 'running', 'retrying', 'done', 'dead' or 'revoked'
  }
}

export async function many(orders: DqProducer<Order>, rows: readonly Order[]): Promise<readonly DqManyResult[]> {
  const report = await orders.delayMany(rows.map((row) => ({ data: row, delay: '1d' }))); // any iterable or async iterable
  const failed = report.results.filter((result) => result.status === 'failed');
  return failed;
}
