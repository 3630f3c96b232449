// What the dashboard answers, and what its actions do, on both platforms; without servers, so that each route is quick to try.
import { describe, expect, it } from '@jest/globals';
import { DqGiveUp, DqHandler, DqProducer } from 'nestjs-dq';
import { DqCron, DqCronModule, DqScheduler } from 'nestjs-dq/cron';
import type {
  DeadView,
  FailureView,
  HistoryView,
  JobView,
  KeyView,
  MetaView,
  MetersView,
  NodesView,
  ScheduleRow,
  SchedulesView,
  TubesView,
} from '../../lib/dashboard/wire.js';
import type { ActionView } from '../../lib/dashboard/wire-actions.js';
import { until } from '../support/wait.js';
import { embeddedDashboards, type OpenDashboard, PLATFORMS } from './dashboard-bed.js';

const bed = embeddedDashboards();

/** Gives up what it is told to. */
class Orders {
  @DqHandler('orders', { concurrency: 3 })
  run(data: unknown): void {
    if (data === 'bad') throw new DqGiveUp('the order is bad');
  }
}

class Reports {
  @DqCron('30 2 * * *', { name: 'nightly' })
  report(): void {}
}

async function dead(app: OpenDashboard, data: unknown = 'bad', id = 'order-1'): Promise<string> {
  const handle = await app.producer('orders').delay(data, 0, { id });
  await until(() => app.events.find((event) => event.type === 'job-dead' && event.id === id));
  await until(async () => (await app.inspector.counts('orders'))[0]?.dead);
  return handle;
}

describe.each(PLATFORMS)('on %s', (platform) => {
  const open = (): Promise<OpenDashboard> => bed.open({ platform, providers: [Orders] });

  it('meta says what the application is', async () => {
    const app = await bed.open({
      platform,
      providers: [Orders],
      dashboard: { unguarded: true, title: 'Shop', historyMinutes: 5 },
      queue: { tubes: ['orders', { name: 'mails', history: { last: 100 } }] },
    });
    const meta = await app.view<MetaView>('/dq/api/meta');
    expect(meta).toMatchObject({
      title: 'Shop',
      readOnly: false,
      payloads: true,
      embedded: true,
      schedules: false,
      historyMinutes: 5,
    });
    expect(meta.tubes.filter(({ name }) => name !== 'dq-default')).toEqual([
      { name: 'orders', format: 'native', history: false, concurrency: 3 },
      { name: 'mails', format: 'native', history: true, concurrency: null },
    ]);
    expect(meta.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(meta.process).toContain(String(process.pid));
  });

  it('tubes are counted, with what is due next', async () => {
    const app = await open();
    const at = Date.now() + 3_600_000;
    await app.producer('orders').at({}, at, { id: 'later' });
    await dead(app);
    const { tubes } = await app.view<TubesView>('/dq/api/tubes');
    expect(tubes.filter(({ name }) => name === 'orders')).toMatchObject([
      {
        name: 'orders',
        nodes: [{ counts: { scheduled: 1, ready: 0, running: 0, dead: 1, watching: 1 } }],
        jobs: { scheduled: { least: 1, most: 1 }, dead: { least: 1, most: 1 } },
        next: { id: 'later', dueAt: at, handle: expect.stringMatching(/^embedded\/orders\/\d+,later$/) },
        pause: { state: 'open' },
        consumers: 1,
        here: { running: 0, concurrency: 3, oldest: null },
      },
    ]);
  });

  it('the default tube is idle while nobody here means it and nothing is in it', async () => {
    const idle = async (app: OpenDashboard): Promise<unknown> =>
      (await app.view<TubesView>('/dq/api/tubes')).tubes.map((row) => [row.name, row.idle]);
    expect(await idle(await open())).toEqual([
      ['orders', false],
      ['dq-default', true],
    ]);
    const asking = { provide: 'asking', inject: [DqProducer], useFactory: (producer: unknown) => [producer] };
    expect(await idle(await bed.open({ platform, providers: [asking] }))).toContainEqual(['dq-default', false]);
    const app = await open();
    await app.nest.get(DqProducer).delay({}, '1h');
    expect(await idle(app)).toContainEqual(['dq-default', false]);
  });

  it('nodes and the store say how they are', async () => {
    const app = await open();
    const { nodes, store } = await app.view<NodesView>('/dq/api/nodes');
    expect(nodes).toMatchObject([{ reachable: true, draining: false, binlogMoving: null }]);
    expect(store).toEqual({ kind: 'memory', reachable: true, reason: null, warnings: [], awaySince: null });
  });

  it('meters have a list for each, of one length', async () => {
    const app = await open();
    const { times, at, tube, stepSeconds, ...lists } = await app.view<MetersView>('/dq/api/meters?tube=orders');
    expect([tube, stepSeconds, times.length, (times.at(-1) ?? 0) <= at]).toEqual(['orders', 10, 360, true]);
    for (const list of Object.values(lists)) expect(list).toHaveLength(360);
    expect((await app.get('/dq/api/meters?tube=nothing')).status).toBe(404);
  });

  it('a dead letter is shown, and goes on its way again', async () => {
    const app = await open();
    await dead(app);
    const view = await app.view<DeadView>('/dq/api/tubes/orders/dead');
    expect(view).toMatchObject({ tube: 'orders', more: false, silent: [] });
    expect(view.letters).toMatchObject([
      {
        id: 'order-1',
        reason: 'the handler gave it up: the order is bad',
        attempts: 1,
        mayHaveRun: false,
        foreign: false,
        key: null,
        payload: { shown: true, text: 'bad', bytes: 3, cut: false },
      },
    ]);
    const { status, text } = await app.post('/dq/api/tubes/orders/dead/retry', { id: 'order-1' });
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { done: true, text: 'Dead letter order-1 of tube orders is on its way again.' },
    ]);
    await until(() => app.events.filter(({ type }) => type === 'job-dead').length === 2);
    expect(app.events).toContainEqual({
      type: 'operator-action',
      what: 'retry dead letter',
      tube: 'orders',
      subject: 'order-1',
      by: undefined,
    });
  });

  it('a dead letter is deleted, alone or with all others', async () => {
    const app = await open();
    await dead(app);
    expect((await app.post('/dq/api/tubes/orders/dead/delete', { id: 'order-2' })).body).toMatchObject({ done: false });
    expect((await app.post('/dq/api/tubes/orders/dead/delete', { id: 'order-1' })).body).toMatchObject({ done: true });
    await dead(app, 'bad', 'order-3');
    const all = { all: true, confirm: 'orders' };
    expect((await app.post('/dq/api/tubes/orders/dead/delete', all)).body as ActionView).toEqual({
      done: true,
      text: '1 dead letter(s) of tube orders are deleted.',
    });
    expect((await app.view<DeadView>('/dq/api/tubes/orders/dead')).letters).toEqual([]);
  });

  it('recurring jobs are listed, paused, run and removed', async () => {
    const app = await bed.open({
      platform,
      providers: [Orders, Reports],
      imports: [DqCronModule.forRoot({ tube: 'crons' })],
    });
    await app.nest.get(DqScheduler).upsert('clean', { tube: 'orders', every: '15m' });
    const list = (): Promise<SchedulesView> => app.view<SchedulesView>('/dq/api/schedules');
    const { schedules, more } = await until(async () => {
      const view = await list();
      return view.schedules.length === 2 ? view : undefined;
    });
    expect([more, (await app.view<MetaView>('/dq/api/meta')).schedules]).toEqual([false, true]);
    const [clean, nightly] = schedules.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    expect(clean).toMatchObject({
      name: 'clean',
      tube: 'orders',
      rhythm: 'every 15 minutes',
      paused: false,
      last: null,
    });
    expect(nightly).toMatchObject({ name: 'nightly', rhythm: 'at 02:30', pattern: '30 2 * * *', timeZone: 'UTC' });
    expect(nightly?.next).toHaveLength(5);
    expect((nightly?.next[1] ?? 0) - (nightly?.next[0] ?? 0)).toBe(86_400_000);
    const act = async (how: string, name = 'clean'): Promise<ActionView> =>
      (await app.post(`/dq/api/schedules/${how}`, { name })).body as ActionView;
    const shown = async (): Promise<ScheduleRow | undefined> =>
      (await list()).schedules.find(({ name }) => name === 'clean');
    expect(await act('pause')).toMatchObject({ done: true });
    expect((await shown())?.paused).toBe(true);
    expect([await act('resume'), await act('run')]).toMatchObject([{ done: true }, { done: true }]);
    const run = await until(async () => {
      const { byHand } = (await shown()) ?? {};
      return byHand?.outcome === 'done' ? byHand : undefined;
    });
    const job = await app.view<JobView>(`/dq/api/job?handle=${encodeURIComponent(run.handle ?? '')}`);
    expect([job.id, job.state]).toEqual([run.id, 'done']);
    expect((await shown())?.last).toBeNull();
    expect([await act('remove'), await act('run')]).toMatchObject([{ done: true }, { done: false }]);
  });

  it('without recurring jobs there is nothing to list', async () => {
    const app = await open();
    const { status, body } = await app.get('/dq/api/schedules');
    expect([status, (body as FailureView).code]).toEqual([404, 'NO_SCHEDULES']);
  });

  it('a key shows its job, which is moved and cancelled', async () => {
    const app = await open();
    await app.producer('orders').delay({}, '1h', { key: 'order/7' });
    const path = '/dq/api/key?tube=orders&key=order%2F7';
    expect((await app.view<KeyView>(path)).job).toMatchObject({ state: 'scheduled', attempt: 0 });
    const at = Date.now() + 7_200_000;
    const moved = await app.post('/dq/api/key/move', { tube: 'orders', key: 'order/7', at });
    expect(moved.body).toMatchObject({ done: true });
    expect((await app.view<KeyView>(path)).job?.dueAt).toBe(at);
    expect((await app.post('/dq/api/key/cancel', { tube: 'orders', key: 'order/7' })).body).toMatchObject({
      done: true,
    });
    expect((await app.view<KeyView>(path)).job).toBeNull();
  });

  it('a job is found by its handle and by its id, and revoked', async () => {
    const app = await open();
    const handle = await app.producer('orders').delay({ total: 7 }, '1h', { id: 'order-1' });
    const path = `/dq/api/job?handle=${encodeURIComponent(handle)}`;
    expect(await app.view<JobView>(path)).toMatchObject({
      tube: 'orders',
      id: 'order-1',
      state: 'scheduled',
      copies: [{ state: 'scheduled' }],
      silent: [],
      payload: { shown: true, text: '{\n  "total": 7\n}' },
      why: [['It is not due yet: it may start at ', expect.any(Number), '.']],
      history: null,
    });
    expect(await app.view<JobView>('/dq/api/job?tube=orders&id=order-1')).toMatchObject({
      state: 'scheduled',
      copies: null,
      payload: null,
    });
    expect((await app.post('/dq/api/job/revoke', { handle })).body).toMatchObject({ done: true });
    expect(await app.view<JobView>(path)).toMatchObject({
      state: 'revoked',
      why: [expect.stringContaining('taken back')],
    });
  });

  it('a tube is paused and resumed', async () => {
    const app = await open();
    const paused = await app.post('/dq/api/tubes/orders/pause', {
      reason: 'the bank is down',
      for: '10m',
      confirm: 'orders',
    });
    expect([paused.status, paused.body]).toMatchObject([200, { done: true }]);
    const pauseOf = async (): Promise<unknown> => (await app.view<TubesView>('/dq/api/tubes')).tubes[0]?.pause;
    expect(await pauseOf()).toMatchObject({ state: 'paused', reason: 'the bank is down' });
    expect((await app.post('/dq/api/tubes/orders/resume')).body).toMatchObject({ done: true });
    expect(await pauseOf()).toEqual({ state: 'open' });
    expect((await app.post('/dq/api/tubes/orders/resume')).body).toMatchObject({ done: false });
  });

  it('a history is shown of tubes that keep one', async () => {
    const app = await bed.open({
      platform,
      providers: [Orders],
      queue: { tubes: [{ name: 'orders', history: { last: 100 } }, 'mails'] },
    });
    await dead(app);
    const { entries } = await app.view<HistoryView>('/dq/api/tubes/orders/history?outcome=dead&limit=5');
    expect(entries).toMatchObject([{ id: 'order-1', attempt: 1, outcome: 'dead' }]);
    expect((await app.get('/dq/api/tubes/mails/history')).status).toBe(400);
    expect((await app.get('/dq/api/tubes/orders/history?outcome=odd')).status).toBe(400);
    const { history } = await app.view<JobView>('/dq/api/job?tube=orders&id=order-1');
    expect(history).toMatchObject([{ outcome: 'dead' }]);
  });

  it.each([
    ['/dq/api/tubes/nothing/dead', 404],
    ['/dq/api/tubes/orders/dead?limit=0', 400],
    ['/dq/api/tubes/orders/dead?limit=x', 400],
    ['/dq/api/key?tube=orders', 400],
    ['/dq/api/key?tube=nothing&key=a', 404],
    ['/dq/api/job', 400],
    ['/dq/api/job?handle=nonsense', 400],
    ['/dq/api/job?tube=nothing&id=a', 404],
  ])('%s is refused with %i, and says what is wrong', async (path, status) => {
    const app = await open();
    const answer = await app.get(path);
    expect([answer.status, answer.body]).toEqual([
      status,
      { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/^Expected .*got /) },
    ]);
  });
});
