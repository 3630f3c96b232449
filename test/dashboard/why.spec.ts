// Why a job has not run, as an operator finds it out; and what is said when servers do not answer.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqGiveUp, DqHandler } from 'nestjs-dq';
import type { DeadView, JobView, NodesView, TubesView } from '../../lib/dashboard/wire.js';
import { until } from '../support/wait.js';
import { dashboards, type OpenDashboard, plain } from './dashboard-bed.js';

const HUNG = 1;
const bed = dashboards();
afterEach(() => bed.servers.cluster.node(HUNG).resume());

/** Gives up everything. */
class Orders {
  @DqHandler('orders')
  run(): void {
    throw new DqGiveUp('the order is bad');
  }
}

class Bills {
  @DqHandler('bills', { backoff: { type: 'fixed', delay: '1h' } })
  bill(): void {
    throw new Error('the bank is down');
  }
}

function jobOf(app: OpenDashboard, handle: string): Promise<JobView> {
  return app.view<JobView>(`/dq/api/job?handle=${encodeURIComponent(handle)}`);
}

/** Once all copies of the only job are buried. */
async function clear(app: OpenDashboard): Promise<void> {
  await until(async () => (await app.inspector.counts('orders')).every(({ dead }) => dead === 1));
  await bed.servers.wipe();
}

async function timed<T>(look: Promise<T>): Promise<readonly [T, number]> {
  const began = performance.now();
  return [await look, performance.now() - began];
}

describe('a job has not run', () => {
  it('since its tube is paused', async () => {
    const app = await bed.open({ providers: [Orders] });
    await app.inspector.pause('orders', { reason: 'the bank is down' });
    const handle = await app.producer('orders').delay({ total: 7 }, 0, { id: 'order-1' });
    const { why, state, payload } = await jobOf(app, handle);
    expect([state, payload]).toEqual(['scheduled', { shown: true, text: '{\n  "total": 7\n}', bytes: 11, cut: false }]);
    expect(plain(why[0])).toMatch(
      /^Tube orders has been paused since \S+Z, until somebody resumes it \(the bank is down\): no job of it starts\.$/,
    );
    await app.inspector.resume('orders');
    await clear(app);
  });

  it('since its tube is paused, also by an id that nobody remembers yet', async () => {
    const app = await bed.open({ providers: [Orders] });
    await app.inspector.pause('orders');
    await app.producer('orders').delay({}, '1h');
    const later = await app.producer('orders').delay({}, '2h');
    const byId = (id: string): Promise<JobView> => app.view<JobView>(`/dq/api/job?tube=orders&id=${id}`);
    const { tubes } = await app.view<TubesView>('/dq/api/tubes');
    const next = tubes.find(({ name }) => name === 'orders')?.next;
    const { state, why, dueAt } = await byId(next?.id ?? '');
    expect([state, dueAt]).toEqual(['scheduled', next?.dueAt]);
    const byHandle = await jobOf(app, next?.handle ?? '');
    expect([byHandle.id, byHandle.state, byHandle.payload?.shown]).toEqual([next?.id, 'scheduled', true]);
    expect(byHandle.copies?.length).toBeGreaterThan(0);
    expect(plain(why[1])).toMatch(/^When it is due: Tube orders has been paused since /);
    const unknown = await byId(later.split(',').at(-1) ?? '');
    expect(unknown.state).toBe('unknown');
    expect(unknown.why.map(plain)).toEqual([
      expect.stringMatching(/^If it waits: Tube orders has been paused since /),
      'No claim knows it: it waits for its first attempt, ended longer ago than is kept, or never existed. Its handle tells more.',
    ]);
    await app.inspector.resume('orders');
    await bed.servers.wipe();
  });

  it('since it has failed, and waits for another attempt', async () => {
    const app = await bed.open({ providers: [Bills], queue: { tubes: ['bills'] } });
    const handle = await app.producer('bills').delay({}, 0);
    await until(async () => (await app.inspector.status(handle)).state === 'retrying');
    const { why, until: waits } = await jobOf(app, handle);
    const what = 'It waits for another attempt, after 1 so far: it failed, was put off or given back.';
    expect(why).toEqual([[`${what} That may start at `, waits, '.']]);
    await bed.servers.wipe();
  });

  it('since no process takes jobs of its tube', async () => {
    const app = await bed.open();
    const handle = await app.producer('orders').delay({}, 0, { id: 'order-1' });
    const { why } = await jobOf(app, handle);
    expect(why[0]).toMatch(/^No process takes jobs of tube orders: none is connected to a node to wait for them\./);
    expect(why[1]).toEqual(['It has not started yet. It has been due since ', expect.any(Number), '.']);
    expect((await app.view<TubesView>('/dq/api/tubes')).tubes[0]).toMatchObject({ consumers: 0, here: null });
    await bed.servers.wipe();
  });

  it('since it is a dead letter', async () => {
    const app = await bed.open({ providers: [Orders] });
    const handle = await app.producer('orders').delay({}, 0, { id: 'order-1' });
    await until(async () => (await jobOf(app, handle)).state === 'dead');
    const { why, reason, attempt } = await jobOf(app, handle);
    expect([reason, attempt]).toEqual(['the handler gave it up: the order is bad', 1]);
    expect(why).toEqual([
      'It was given up after 1 attempt, and is a dead letter: the handler gave it up: the order is bad. Nothing runs it again by itself.',
    ]);
    await clear(app);
  });
});

describe('with one node of three hung', () => {
  it('every view answers within a second, and says what it does not know', async () => {
    const app = await bed.open({ queue: { commandDeadline: '10m' } });
    const handle = await bed.servers.naming(() => app.producer('orders').delay({}, '1h', { id: 'order-1' }));
    await bed.servers.cluster.node(HUNG).pause();
    const { endpoint } = bed.servers.cluster.node(HUNG);
    const look = () =>
      Promise.all([
        timed(app.view<TubesView>('/dq/api/tubes')),
        timed(app.view<NodesView>('/dq/api/nodes')),
        timed(app.view<DeadView>('/dq/api/tubes/orders/dead')),
        timed(jobOf(app, handle)),
      ]);
    // 600 to 900 ms of waiting for the node; the rest is what a busy machine needs. One that is busier than that holds up some looks, not all.
    const [[{ tubes }], [{ nodes, store }], [{ silent }], [job]] = await until(async () => {
      const looks = await look();
      const silent = looks[0][0].tubes[0]?.nodes.filter(({ counts }) => counts === null);
      return Math.max(...looks.map(([, ms]) => ms)) < 2_000 && silent?.length === 1 ? looks : undefined;
    });
    expect(tubes[0]?.nodes.map(({ counts }) => counts?.scheduled ?? null)).toEqual([1, null, 1]);
    expect(tubes[0]?.next).toMatchObject({ id: 'order-1' });
    expect(nodes.map(({ reachable }) => reachable)).toEqual([true, false, true]);
    expect(store).toMatchObject({ kind: 'redis', reachable: true });
    expect([silent, job.silent, job.state]).toEqual([[endpoint], [endpoint], 'scheduled']);
    expect(job.copies?.find(({ node }) => node === endpoint)?.state).toBe('unknown');
    expect(job.why.at(-1)).toBe(`When it is due: Its node ${endpoint} did not answer; its other copies suffice.`);
    bed.servers.cluster.node(HUNG).resume();
    await bed.servers.wipe();
  });
});

describe('with Redis hung', () => {
  it('the nodes are shown, and what Redis knows is not known', async () => {
    const proxy = await bed.servers.proxy({ port: Number(new URL(bed.servers.cluster.redisUrl).port) });
    const app = await bed.open({ queue: { redis: `redis://127.0.0.1:${proxy.port}`, commandDeadline: '3s' } });
    const handle = await app.producer('orders').delay({}, '1h', { id: 'order-1' });
    proxy.partition();
    const { tubes } = await app.view<TubesView>('/dq/api/tubes');
    expect(tubes[0]).toMatchObject({ pause: { state: 'unknown' }, jobs: { scheduled: { least: 1, most: 3 } } });
    expect((await app.view<NodesView>('/dq/api/nodes')).store).toMatchObject({
      reachable: false,
      reason: expect.any(String),
    });
    const { why } = await jobOf(app, handle);
    expect(why[0]).toBe('Redis does not answer: no job starts anywhere until it does.');
    expect(plain(why[1])).toMatch(/^Nobody could be asked what became of it/);
    const dead = await app.get('/dq/api/key?tube=orders&key=a');
    expect([dead.status, dead.body]).toMatchObject([
      503,
      { code: expect.stringMatching(/^(NOT_IN_TIME|DQ_CLAIM_STORE)$/) },
    ]);
    proxy.pass();
    await bed.servers.wipe();
  });
});
