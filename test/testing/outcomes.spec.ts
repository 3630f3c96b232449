import { describe, expect, it } from '@jest/globals';
import { DqAgain, DqGiveUp, DqInspector, DqTimeoutError } from 'nestjs-dq';
import { OrderApps, START } from './order-app.js';

const apps = new OrderApps();
const { open } = apps;

const fail = (text: string) => (): never => {
  throw new Error(text);
};

describe('an attempt that fails', () => {
  it('is followed by the next as the backoff says, to the millisecond and without jitter', async () => {
    const { dq, orders, runs } = await open(fail('no'));
    await orders.delay('it', '10s');
    const report = await dq.advance('1d');
    expect(runs).toEqual([10_000, 11_000, 13_000, 17_000, 25_000].map((ms) => `"it"@${ms}`));
    expect(report).toMatchObject({ completed: 0, failed: 4, dead: 1 });
    expect(report.errors).toHaveLength(5);
    expect(dq.dead('orders')).toMatchObject([{ attempt: 5, reason: 'attempt 5 of 5 failed: no' }]);
    expect(dq.failed('orders')[0]?.errors).toEqual(Array.from({ length: 5 }, () => new Error('no')));
  });

  it('stands in the history of its tube, where that keeps one', async () => {
    const { dq, orders, module } = await open(fail('no'), { defaults: { attempts: 2, history: { last: 10 } } });
    await orders.delay('it', '10s');
    await dq.advance('1m');
    const history = module.get(DqInspector).history('orders');
    await expect(history).resolves.toMatchObject([{ outcome: 'dead' }, { outcome: 'retrying', error: 'no' }]);
  });

  it.each([0, 1, 7, 1_999, 2_000, 2_001, 59_999])('waits a fixed backoff of %i ms', async (delay) => {
    const { dq, orders, runs } = await open(fail('no'), {
      defaults: { attempts: 3, backoff: { type: 'fixed', delay } },
    });
    await orders.delay('it', 500);
    await dq.advance('5m');
    expect(runs).toEqual([500, 500 + delay, 500 + 2 * delay].map((ms) => `"it"@${ms}`));
  });

  it('waits in the list of scheduled jobs for its next attempt', async () => {
    const { dq, orders } = await open(fail('no'));
    await orders.delay('it', 0, { id: 'one', headers: { a: 'b' }, priority: 'high', attempts: 2 });
    await dq.advance(0);
    expect(dq.scheduled('orders')).toMatchObject([
      {
        id: 'one',
        tube: 'orders',
        data: 'it',
        headers: { a: 'b' },
        priority: 'high',
        attempts: 2,
        attempt: 1,
        dueAt: new Date(START),
        nextAt: new Date(START + 1_000),
      },
    ]);
    await dq.advance('1s');
    expect(dq.dead('orders')).toHaveLength(1);
  });

  it('completes when a later one does', async () => {
    let times = 0;
    const { dq, orders } = await open(() => {
      if (++times < 3) throw new Error('not yet');
      return 'done';
    });
    await orders.delay('it', 0);
    await dq.drain();
    expect(dq.completed('orders')).toMatchObject([{ attempt: 3, result: 'done' }]);
    expect(dq.history.map(({ type, at }) => `${type}@${+at - START}`)).toEqual([
      'scheduled@0',
      'started@0',
      'failed@0',
      'started@1000',
      'failed@1000',
      'started@3000',
      'completed@3000',
    ]);
  });
});

describe('a handler', () => {
  it('that gives up makes a dead letter at once, which the inspector shows and retries', async () => {
    let isOpen = false;
    const { dq, orders, module, runs } = await open(() => {
      if (!isOpen) throw new DqGiveUp('the account is closed');
    });
    await orders.delay('it', 0, { id: 'one' });
    await dq.drain();
    const inspector = module.get(DqInspector);
    expect(dq.dead()).toMatchObject([{ id: 'one', reason: 'the handler gave it up: the account is closed' }]);
    expect(await inspector.dead('orders')).toMatchObject([{ id: 'one', attempts: 1, data: 'it' }]);
    isOpen = true;
    expect(await inspector.retry('orders', 'one')).toBe(true);
    expect(dq.scheduled()).toMatchObject([{ id: 'one', attempt: 0 }]);
    await dq.advance(0);
    expect([dq.completed().length, dq.dead().length, runs.length]).toEqual([1, 0, 2]);
    expect(await inspector.counts('orders')).toMatchObject([{ scheduled: 0, ready: 0, running: 0, dead: 0 }]);
  });

  it('that asks to run again is not counted', async () => {
    let times = 0;
    const { dq, orders, runs } = await open(() => (++times < 3 ? new DqAgain('5m') : undefined));
    await orders.delay('it', 0);
    const report = await dq.advance('1h');
    expect(runs).toEqual(['"it"@0', '"it"@300000', '"it"@600000']);
    expect(report).toMatchObject({ again: 2, completed: 1, failed: 0 });
    expect(dq.completed()).toMatchObject([{ attempt: 1, errors: [] }]);
  });

  it('that takes longer than its timeout has failed at that very moment', async () => {
    const { dq, orders, runs } = await open(
      (_, job) =>
        new Promise((resolve) => {
          job.signal.addEventListener('abort', resolve);
        }),
      { defaults: { timeout: '30s', attempts: 2 } },
      { patience: 20 },
    );
    await orders.delay('it', '1m');
    await dq.advance('10m');
    expect(runs).toEqual(['"it"@60000', '"it"@91000']);
    expect(dq.dead()[0]?.errors).toEqual([expect.any(DqTimeoutError), expect.any(DqTimeoutError)]);
    expect(dq.history.filter(({ type }) => type === 'dead').map(({ at }) => +at - START)).toEqual([121_000]);
  });

  it.each([
    ['skip', 'skipped', 1],
    ['bury', 'dead', 0],
  ] as const)('is not called for what expired: %s', async (action, state, skipped) => {
    const { dq, orders, runs } = await open(fail('no'), {
      defaults: { backoff: { type: 'fixed', delay: '1m' }, expires: { after: '90s', action } },
    });
    await orders.delay('it', 0);
    const report = await dq.advance('1h');
    expect(runs).toEqual(['"it"@0', '"it"@60000']);
    expect(dq.jobs()).toMatchObject([{ state }]);
    expect(report.skipped).toBe(skipped);
  });
});

describe('the inspector', () => {
  it('shows at once what became of jobs', async () => {
    const { dq, orders, module } = await open(fail('no'), { defaults: { attempts: 1 } });
    await orders.delay('it', '30m');
    await orders.delay('later', '31m');
    await dq.advance('30m');
    const inspector = module.get(DqInspector);
    expect(await inspector.counts('orders')).toMatchObject([{ scheduled: 1, ready: 0, running: 0, dead: 1 }]);
    expect(await inspector.dead('orders')).toMatchObject([{ data: 'it', attempts: 1 }]);
    expect(await inspector.next('orders')).toMatchObject({ dueAt: new Date(START + 1_860_000) });
  });
});
