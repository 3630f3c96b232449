// What became of a job: on servers, embedded, and while some of it is away.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DqJob } from '../../lib/core/consumer/dq-job.js';
import { DqAgain, DqGiveUp } from '../../lib/core/consumer/outcome.js';
import type { DqProducer } from '../../lib/core/producer/producer.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import { Gate } from '../support/gate.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();
const SOON = { backoff: { type: 'fixed', delay: 60_000 } } as const;

interface Opened {
  readonly runtime: DqRuntime;
  readonly producer: DqProducer;
  readonly tube: string;
}

describe.each(['on servers', 'embedded'])('the status of a job, %s', (where) => {
  let gate: Gate;
  beforeEach(() => {
    gate = new Gate();
  });
  afterEach(() => gate.open());

  function open(): Opened {
    if (where === 'embedded') {
      const embedded = bed.embedded();
      return { runtime: embedded.runtime, producer: embedded.producer, tube: 'work' };
    }
    const tube = bed.tube();
    const { runtime } = bed.app({ tubes: [tube] });
    return { runtime, producer: runtime.producer(tube), tube };
  }

  function run({ runtime, tube }: Opened, handler: (data: unknown, job: DqJob) => unknown): void {
    runtime.handle(tube, handler, SOON);
    runtime.start();
  }

  const copies = where === 'embedded' ? 1 : 3;

  it('is scheduled, with its copies, and revoked once it is', async () => {
    const { producer } = open();
    const handle = await producer.delay('x', '1h');
    // Under load the third copy may come too late for the handle to name it.
    const seen = { found: handle.split(',').length - 1, asked: copies, unknown: 0 };
    expect(await producer.status(handle)).toEqual({ state: 'scheduled', dueAt: expect.any(Date), copies: seen });
    await producer.revoke(handle);
    expect(await producer.status(handle)).toEqual({ state: 'revoked' });
    // A copy that the handle does not name stays until it comes up.
    await bed.wipe();
  });

  it('is running, with the end of its lease, then done', async () => {
    const opened = open();
    const handle = await opened.producer.delay('x', 0);
    run(opened, () => gate.opened);
    await until(() => opened.runtime.inspector.running().some(({ running }) => running === 1));
    expect(await opened.producer.status(handle)).toEqual({ state: 'running', attempt: 1, leaseEnds: expect.any(Date) });
    gate.open();
    await until(async () => (await opened.producer.status(handle)).state === 'done');
    expect(await opened.producer.status(handle)).toEqual({ state: 'done', attempt: 1 });
  });

  it('is retrying after a failure, and after DqAgain, which does not count', async () => {
    const opened = open();
    run(opened, (data) => {
      if (data === 'again') return new DqAgain('1m');
      throw new Error('told to fail');
    });
    const handles = await Promise.all([opened.producer.delay('fail', 0), opened.producer.delay('again', 0)]);
    const states = (): Promise<object[]> => Promise.all(handles.map((handle) => opened.producer.status(handle)));
    const retrying = (attempt: number): object => ({ state: 'retrying', attempt, nextAt: expect.any(Date) });
    await until(async () => (await states()).every((status) => 'nextAt' in status));
    expect(await states()).toEqual([retrying(1), retrying(0)]);
    for (const handle of handles) await opened.producer.revoke(handle);
  });

  it('is dead, with the reason', async () => {
    const opened = open();
    run(opened, () => {
      throw new DqGiveUp('the account is closed');
    });
    const handle = await opened.producer.delay('x', 0);
    await until(async () => (await opened.producer.status(handle)).state === 'dead');
    expect(await opened.producer.status(handle)).toEqual({
      state: 'dead',
      attempts: 1,
      reason: expect.stringContaining('the account is closed'),
    });
    await until(async () => (await opened.runtime.inspector.deleteAll(opened.tube)) > 0);
  });

  it('is told by the id of the caller’s own alone, from the write to the end', async () => {
    const opened = open();
    const { producer } = opened;
    expect(await producer.status({ id: 'order-7' })).toEqual({ state: 'unknown' });
    await producer.delay('x', 0, { id: 'order-7' });
    expect(await producer.status({ id: 'order-7' })).toEqual({ state: 'scheduled', dueAt: expect.any(Date) });
    run(opened, () => undefined);
    await until(async () => (await producer.status({ id: 'order-7' })).state === 'done');
  });

  it('is unknown when nobody remembers it', async () => {
    const { producer } = open();
    const handle = await producer.delay('x', '1h');
    const made = `${handle.slice(0, handle.lastIndexOf(','))},another-id`;
    expect(await producer.status(made)).toEqual({ state: 'unknown' });
    await producer.revoke(handle);
  });

  it.each([
    ['a handle of another installation', 'elsewhere:11300/orders/7,some-id', 'DQ_HANDLE'],
    ['what is no handle', 7, 'DQ_HANDLE'],
    ['an id that is none', { id: 'a b' }, 'DQ_JOB_ID'],
  ])('refuses %s', async (_, asked, code) => {
    await expect(open().producer.status(asked as string)).rejects.toMatchObject({ code });
  });
});

describe('the status of a job on servers', () => {
  it('is pending while the call that writes it waits for the nodes', async () => {
    const { producer } = bed.idle();
    await Promise.all(bed.cluster.nodes.map((node) => node.pause()));
    const writing = producer.delay('x', '1h', { id: 'order-7' });
    await until(async () => (await producer.status({ id: 'order-7' })).state !== 'unknown');
    expect(await producer.status({ id: 'order-7' })).toEqual({ state: 'pending', dueAt: expect.any(Date) });
    await bed.heal();
    const handle = await writing;
    expect(await producer.status({ id: 'order-7' })).toMatchObject({ state: 'scheduled' });
    await producer.revoke(handle);
    expect(await producer.status({ id: 'order-7' })).toEqual({ state: 'revoked' });
  });

  it('is foreign once a Go consumer of dq has taken it', async () => {
    const tube = bed.tube();
    const producer = bed.app({ tubes: [{ name: tube, format: 'plain' }] }).producer(tube);
    const handle = await producer.delay('x', '1h');
    expect(await producer.status(handle)).toMatchObject({ state: 'scheduled' });
    await bed.redis((redis) => redis.set(handle.slice(handle.lastIndexOf(',') + 1), 'lock', 'PX', 60_000));
    expect(await producer.status(handle)).toEqual({ state: 'foreign' });
    await bed.wipe();
  });
});

describe('the status of a job while servers are away', () => {
  it('counts copies on nodes that are away as unknown, and says so when only those may have it', async () => {
    const { producer } = bed.idle({ commandDeadline: 500 });
    const handle = await producer.delay('x', '1h');
    // Under load the third copy may come too late for the handle to name it.
    const [first, ...others] = bed.cluster.nodes.filter(({ endpoint }) => handle.includes(endpoint));
    await first!.kill();
    const seen = { found: others.length, asked: 3, unknown: 1 };
    await until(async () => JSON.stringify(await producer.status(handle)).includes(JSON.stringify(seen)));
    await Promise.all(others.map((node) => node.kill()));
    await expect(producer.status(handle)).rejects.toMatchObject({ code: 'DQ_CONNECTION' });
    await bed.heal();
    const whole = { found: others.length + 1, asked: 3, unknown: 0 };
    await until(async () =>
      JSON.stringify(await producer.status(handle).catch(() => '')).includes(JSON.stringify(whole)),
    );
    await producer.revoke(handle);
    await bed.wipe();
  });

  it('is refused while Redis is away', async () => {
    const { producer } = bed.idle({ commandDeadline: 500 });
    const handle = await producer.delay('x', '1h');
    await bed.cluster.redis.kill();
    await expect(producer.status(handle)).rejects.toMatchObject({ code: 'DQ_CLAIM_STORE' });
    await bed.heal();
    await until(async () => (await producer.revoke(handle).catch(() => '')) === 'revoked');
  });
});
