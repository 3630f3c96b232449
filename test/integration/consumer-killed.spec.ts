// kill -9 of a consumer process.
import { describe, expect, it } from '@jest/globals';
import type { Work } from '../support/consumer-process.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

/** The end of the lease of the only claim there is. */
async function leaseEnd(): Promise<number> {
  const [claim] = await bed.claims();
  const [, end] = /^dq1:R:\d+:[^:]+:(\d+)$/.exec(claim!.value)!;
  return Number(end);
}

async function copies(tube: string, state: 'ready' | 'reserved' | 'delayed'): Promise<number> {
  const counts = await bed.copiesOnEach(tube);
  return counts.reduce((sum, count) => sum + count[state], 0);
}

describe('a consumer that is killed', () => {
  it('in the middle of a handler: the job runs again elsewhere, as attempt 2, and not before the lease is over', async () => {
    const tube = bed.tube();
    const own = { lease: '3s' };
    const victim = await bed.consumer([tube], own);
    const app = bed.app({ tubes: [tube] });
    await app.producer<Work>(tube).delay({ name: 'job', act: 'wait' }, 0);
    expect((await victim.begins('job')).attempt).toBe(1);

    app.handle(tube, () => undefined, own).start();
    await victim.kill();
    const end = await leaseEnd();
    const [again] = await app.runs.next(1, { timeout: 20_000 });
    expect(again).toMatchObject({ attempt: 2, data: { name: 'job' } });
    expect(again!.atMs).toBeGreaterThanOrEqual(end);
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
    expect((await bed.claims()).map(({ value }) => value)).toEqual([expect.stringMatching(/^dq1:D:2:/)]);
  });

  it('while a job is renewed: it stays its own for many leases', async () => {
    const tube = bed.tube();
    const own = { lease: '1s' };
    const owner = await bed.consumer([tube], own);
    const app = bed.app({ tubes: [tube] });
    await app.producer<Work>(tube).delay({ name: 'long', act: 'wait' }, 0);
    await owner.begins('long');
    app.handle(tube, () => undefined, own).start();
    const first = await leaseEnd();
    await until(async () => (await leaseEnd()) > first + 4_000);
    expect(app.runs.all).toEqual([]);
    owner.finish('long');
    await bed.drained();
    expect(app.runs.all).toEqual([]);
  });

  it('while a job is renewed, its copies rest in turn; what rests goes with the others', async () => {
    const tube = bed.tube();
    const owner = await bed.consumer([tube], { lease: '2s' });
    await bed
      .app({ tubes: [tube] })
      .producer<Work>(tube)
      .delay({ name: 'long', act: 'wait' }, 0);
    await owner.begins('long');
    const rested = new Set<number>();
    await until(async () => {
      for (const [node, { delayed }] of (await bed.copiesOnEach(tube)).entries()) if (delayed > 0) rested.add(node);
      return rested.size > 1;
    });
    await until(async () => (await copies(tube, 'delayed')) > 0);
    owner.finish('long');
    await bed.drained();
    expect(owner.started).toHaveLength(1);
    expect((await bed.claims()).map(({ value }) => value)).toEqual([expect.stringMatching(/^dq1:D:1:/)]);
  });

  it('before a job was due: the job runs on time elsewhere, as attempt 1', async () => {
    const tube = bed.tube();
    // It is never claimed: if a lease stood in its way, the test would be over first.
    const own = { lease: '10m' };
    const victim = await bed.consumer([tube], own);
    const app = bed.app({ tubes: [tube] });
    await app.producer<Work>(tube).delay({ name: 'first' }, 0);
    await victim.begins('first');
    // Else the copies that are reserved below could be of this one, which the victim would leave with its lease.
    await bed.drained();
    // beanstalkd gives it out up to a second early, and a consumer holds it until it is due.
    const dueMs = (Math.floor(Date.now() / 1000) + 3) * 1000 - 10;
    await app.producer<Work>(tube).at({ name: 'held' }, dueMs);
    await until(async () => (await bed.copies(0, tube)).reserved + (await bed.copies(1, tube)).reserved > 0);
    app.handle(tube, () => undefined, own).start();
    await victim.kill();
    const [run] = await app.runs.next(1, { timeout: 30_000 });
    expect(run).toMatchObject({ attempt: 1, dueMs, data: { name: 'held' } });
    expect(run!.atMs).toBeGreaterThanOrEqual(dueMs);
    await bed.drained();
  });

  /**
   * A handler that blocks the event loop for longer than beanstalkd waits. True when its copies went back: beanstalkd 1.12 forgets that a
   * time to run is over when it looks in the very microsecond, and a consumer that says nothing then keeps its copy.
   */
  async function stall(): Promise<boolean> {
    const tube = bed.tube();
    const stalled = await bed.consumer([tube]);
    const app = bed.app({ tubes: [{ name: tube, ttr: '5s' }] });
    const timeouts = async (): Promise<number> => {
      const all = await Promise.all([0, 1, 2].map((node) => bed.raw(node, (client) => client.stats())));
      return all.reduce((sum, one) => sum + Number(one['job-timeouts']), 0);
    };
    await app.producer<Work>(tube).delay({ name: 'long sum', act: 'block', ms: 7_000 }, 0);
    await stalled.begins('long sum');
    const before = await timeouts();
    app.handle(tube).start();
    await until(() => stalled.messages.some(({ type }) => type === 'finished'), { timeout: 20_000 });
    await bed.drained();
    expect(stalled.started).toHaveLength(1);
    expect(app.runs.all).toEqual([]);
    return (await timeouts()) > before;
  }

  it('or stalled for longer than beanstalkd waits loses its copies, not its job', async () => {
    let tries = 0;
    for (let lost = false; !lost; lost = await stall()) expect(tries++).toBeLessThan(8);
  }, 150_000);

  it('and frozen for longer than its lease: the copy that rests brings the job elsewhere, and its late result is refused', async () => {
    const tube = bed.tube();
    const own = { lease: '2s' };
    const frozen = await bed.consumer([tube], own);
    const app = bed.app({ tubes: [tube] });
    await app.producer<Work>(tube).delay({ name: 'job', act: 'wait' }, 0);
    await frozen.begins('job');
    // The other two stay reserved, for ever in the worst case: nothing but this one can end the test.
    await until(async () => (await copies(tube, 'delayed')) === 1);
    frozen.pause();
    app.handle(tube, () => undefined, own).start();
    expect((await app.runs.next(1, { timeout: 20_000 }))[0]).toMatchObject({ attempt: 2 });
    frozen.resume();
    frozen.finish('job');
    await frozen.told(() => frozen.messages.some((it) => it.type === 'event' && it.event === 'result-refused'), {
      what: 'a refused result',
    });
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
    expect(frozen.started).toHaveLength(1);
  });
});
