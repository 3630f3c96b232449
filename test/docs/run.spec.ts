// What pages show is run under virtual time.
import { afterEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { DqInspector, DqModule, type DqProducer, getDqProducerToken } from 'nestjs-dq';
import { DqCronModule, DqScheduler } from 'nestjs-dq/cron';
import { DqTesting, DqTestingModule, useDqTesting } from 'nestjs-dq/testing';
import * as dashboard from './pages/dashboard-and-cli.js';
import { Config, Mailer, MailModule, root as fromFactory } from './pages/getting-started.js';
import { Bank, Gateway, OrderJobs, pause, type Sms, SmsJobs } from './pages/handling.js';
import * as keys from './pages/keys.js';
import * as readme from './pages/readme.js';
import * as deadLetters from './pages/retries-and-dead-letters.js';
import * as scheduling from './pages/scheduling.js';
import * as testing from './pages/testing.js';
import * as recurring from './pages/recurring.js';
import { Draining } from './pages/upgrading.js';
import * as withGo from './pages/with-go.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((moduleRef) => moduleRef.close()));
});

interface Opened {
  readonly dq: DqTesting;
  get<T>(token: string | symbol | (new (...args: never[]) => T)): T;
}

async function open(builder: TestingModuleBuilder): Promise<Opened> {
  const moduleRef = await builder.compile();
  opened.push(moduleRef);
  await moduleRef.init();
  return { dq: moduleRef.get(DqTesting), get: (token) => moduleRef.get(token) };
}

function part(
  providers: readonly (new (...args: never[]) => object)[],
  tubes: readonly string[],
): TestingModuleBuilder {
  return Test.createTestingModule({ imports: [DqTestingModule.forRoot({ tubes })], providers: [...providers] });
}

describe('README', () => {
  it('has a test that passes', async () => {
    await readme.test();
  });

  it('has a service that cancels what is unpaid, calls that schedule, a key that cancels, and a handle that revokes', async () => {
    const app = await open(useDqTesting(Test.createTestingModule({ imports: [readme.AppModule] }), { now: 0 }));
    await app.get(readme.OrderService).place({ id: '42' });
    await app.dq.advance('30m');
    expect(app.get(readme.Shop).cancelled).toEqual(['42']);
    expect(await readme.schedule(app.get(readme.OrderService).orders, { id: '43' }, 'trace')).toEqual([
      'cancelled',
      'scheduled',
      'revoked',
    ]);
    expect(app.dq.scheduled('orders').map(({ key }) => key)).toEqual(['43', undefined]);
    expect(app.dq.revoked('orders').map(({ headers }) => headers)).toEqual([{}, { traceparent: 'trace' }]);
  });

  it('has options of embedded queues that are taken', () => {
    readme.embedded();
  });
});

describe('a guide', () => {
  it('to getting started declares tubes by a factory and in a feature module', async () => {
    const imports = [fromFactory(), MailModule];
    const app = await open(useDqTesting(Test.createTestingModule({ imports })));
    const { mails, invoices } = app.get(Mailer);
    await mails.delay('a', '1h');
    await invoices.delay('b', '1h');
    expect(app.dq.scheduled().map(({ tube }) => tube)).toEqual(['mails', 'invoices']);
    expect(app.get(Config).redis).toContain('redis://');
  });

  it('to scheduling schedules, cancels, repeats a call safely, and schedules many', async () => {
    const app = await open(part([], ['orders']));
    const orders = app.get<DqProducer<scheduling.Order>>(getDqProducerToken('orders'));
    const handle = await scheduling.schedule(orders, { id: '1' }, 'trace');
    const logger = { log: (line: string) => void lines.push(line) };
    const lines: string[] = [];
    expect(await scheduling.look(orders, handle, logger)).toMatchObject({ state: 'scheduled' });
    await scheduling.cancel(orders, handle);
    expect(app.dq.revoked('orders')).toHaveLength(1);
    await scheduling.remind(orders, { id: '2' }, logger);
    await scheduling.remind(orders, { id: '2' }, logger);
    expect(lines).toEqual(['already scheduled']);
    expect(await scheduling.many(orders, [{ id: '3' }, { id: '4' }])).toEqual([]);
  });

  it('to keys cancels, replaces, refuses, debounces, moves and finds by a key', async () => {
    const providers = [keys.Orders, keys.CancellationJobs, keys.SearchIndex, keys.ReindexJobs, keys.Trials];
    const app = await open(part(providers, ['cancellations', 'reindex', 'trial-ends', 'orders', 'reminders']));
    const shop = app.get(keys.Orders);
    for (const id of ['paid', 'unpaid']) await shop.placed({ id });
    await shop.paid({ id: 'paid' });
    expect(app.dq.scheduled('cancellations')).toMatchObject([{ key: 'unpaid' }]);
    const [unpaid] = app.dq.scheduled('cancellations');
    await app.dq.advance('30m');
    expect(app.get(keys.CancellationJobs).cancelled).toEqual(['unpaid', unpaid!.id]);

    const orders = app.get<DqProducer<keys.Order>>(getDqProducerToken('orders'));
    expect(await keys.upsert(orders, { id: '1' })).toMatch(/^scheduled .* before: undefined$/);
    expect(await keys.upsert(orders, { id: '1' })).toMatch(/^kept /);
    const lines: string[] = [];
    await keys.once(orders, { id: '1' }, (text) => void lines.push(text));
    expect(lines).toMatchObject([expect.stringMatching(/^scheduled already, for /)]);

    // A change every five seconds for two minutes, then none.
    for (let change = 0; change < 24; change++) {
      await app.get(keys.SearchIndex).changed('7');
      expect(app.dq.scheduled('reindex')).toHaveLength(1);
      await app.dq.advance('5s');
    }
    expect(app.dq.completed('reindex')).toHaveLength(2);
    await app.get(keys.SearchIndex).changed('7');
    await app.dq.advance(9_999);
    expect(app.dq.completed('reindex')).toHaveLength(2);
    await app.dq.advance(1);
    expect(app.dq.completed('reindex')).toHaveLength(3);

    const reminders = app.get<DqProducer<{ readonly text: string }>>(getDqProducerToken('reminders'));
    expect(await keys.snooze(reminders, 'task')).toBeUndefined();
    await reminders.delay({ text: 'call' }, '1h', { key: 'task' });
    expect(await keys.snooze(reminders, 'task')).toBe('scheduled');
    expect(app.dq.scheduled('reminders')).toMatchObject([{ nextAt: new Date(app.dq.now() + 7_200_000) }]);

    const trials = app.get(keys.Trials);
    const endsIn = (ms: number) => ({ id: '8', trialEndsAt: new Date(app.dq.now() + ms) });
    for (const ms of [1_000_000, 2_000_000, 500_000]) await trials.endChanged(endsIn(ms));
    expect(app.dq.scheduled('trial-ends')).toMatchObject([{ key: '8', dueAt: endsIn(500_000).trialEndsAt }]);
    expect(app.dq.revoked('trial-ends')).toMatchObject([{ key: '8', dueAt: endsIn(2_000_000).trialEndsAt }]);
    await trials.subscribed(endsIn(0));
    expect(app.dq.scheduled('trial-ends')).toEqual([]);
    expect(app.dq.revoked('trial-ends')).toHaveLength(2);
  });

  it('to handling has a guard that refuses, and a handler with three outcomes', async () => {
    const app = await open(part([Bank, OrderJobs], ['orders']));
    app.get(Bank).answers.push('pending', 'unknown order');
    expect(await app.dq.run('orders', { id: 'EU-1' })).toMatchObject({ outcome: 'again' });
    expect(await app.dq.run('orders', { id: 'EU-1' })).toMatchObject({ outcome: 'given-up' });
    expect(await app.dq.run('orders', { id: 'EU-1' })).toMatchObject({ outcome: 'completed' });
    expect(await app.dq.run('orders', { id: 'US-1' })).toMatchObject({ outcome: 'failed' });
  });

  it('to handling pauses a tube and resumes it, and has a handler that holds the others back', async () => {
    const app = await open(part([Gateway, SmsJobs], ['sms', 'orders']));
    const inspector = app.get(DqInspector);
    const paused = pause(inspector);
    await app.dq.advance('2s');
    await paused;
    expect(await inspector.paused()).toEqual([]);

    app.get(Gateway).statuses.push(429);
    const producer = app.get<DqProducer<Sms>>(getDqProducerToken('sms'));
    // By hand: virtual time stands still while a handler runs, and a pause takes a second.
    const sent = app.get(SmsJobs).send({ text: 'first' });
    await app.dq.advance('2s');
    expect(await sent).toMatchObject({ ms: 30_000 });
    expect(await inspector.paused()).toMatchObject([{ tube: 'sms', reason: '429' }]);
    await producer.delay({ text: 'second' }, 0);
    await app.dq.advance('20s');
    expect(app.dq.completed('sms')).toEqual([]);
    await app.dq.advance('20s');
    expect(app.dq.completed('sms')).toHaveLength(1);
  });

  it('to retries and dead letters has options that are taken, and decides on a dead letter', async () => {
    DqModule.forRoot({ embedded: true, tubes: [deadLetters.options()] });
    const app = await open(part([testing.OrderService, testing.OrderJobs], ['orders']));
    await app.get(testing.OrderService).place({ id: '43' });
    await app.dq.drain();
    const [letter] = app.dq.dead('orders');
    const inspector = app.get(DqInspector);
    await deadLetters.decide(inspector, letter!.id);
    await deadLetters.look(inspector);
    expect(app.dq.dead('orders')).toEqual([]);
  });

  it('to recurring jobs runs a day of them, makes one at run time, and operates it', async () => {
    const all = await recurring.test();
    expect(all).toEqual([
      'Reports.daily',
      'Reports.poll',
      'Reports.sync',
      '2027-01-04T08:00:00.000Z, 0 left out before it, attempt 1',
    ]);
    const app = await open(
      Test.createTestingModule({
        imports: [DqTestingModule.forRoot({ tubes: ['invoices'] }), DqCronModule.forRoot()],
        providers: [recurring.Invoices],
      }),
    );
    const invoices = app.get(recurring.Invoices);
    expect(await invoices.subscribe(42)).toBeInstanceOf(Date);
    await invoices.subscribe(43);
    await app.dq.advance('31d');
    const results = app.dq.completed('invoices').map(({ result }) => result);
    expect(results).toHaveLength(2);
    expect(results).toContainEqual(expect.stringMatching(/^42 for 20\d\d-/));
    const left = await recurring.operate(app.get(DqScheduler));
    expect(left.map(({ name }) => name)).toEqual(['invoice-43']);
    expect(recurring.preview()).toHaveLength(5);
  }, 60_000);

  it.each([
    ['Express', () => new ExpressAdapter()],
    ['Fastify', () => new FastifyAdapter() as unknown as ExpressAdapter],
  ])('to the dashboard has guards that let operators in, on %s', async (_, adapter) => {
    process.env['ANN_PASSWORD'] = process.env['BOB_PASSWORD'] = 'secret';
    const builder = Test.createTestingModule({
      imports: [dashboard.AppModule, ...dashboard.two(), dashboard.fromFactory()],
      providers: [dashboard.AuditLog],
    });
    const app = (await builder.compile()).createNestApplication(adapter(), { logger: false });
    opened.push(app);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const as = (name: string, password: string) => ({
      authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
    });
    const statusOf = async (path: string, headers = {}) => (await fetch(`${url}/${path}`, { headers })).status;

    const refused = await fetch(`${url}/dq`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="jobs"']);
    expect(await statusOf('dq', as('ann', 'guess'))).toBe(401);
    expect(await statusOf('dq', as('ann', 'secret'))).toBe(200);
    expect(await statusOf('support/jobs', as('ann', 'secret'))).toBe(200);
    expect(await statusOf('ops/jobs')).toBe(401);
    expect(await statusOf('admin/jobs/api/meta', as('bob', 'secret'))).toBe(200);

    const pause = async (name: string) => {
      const headers = { ...as(name, 'secret'), 'content-type': 'application/json', 'x-dq-dashboard': '1', origin: url };
      const body = JSON.stringify({ confirm: 'orders' });
      return (await fetch(`${url}/dq/api/tubes/orders/pause`, { method: 'POST', headers, body })).status;
    };
    expect(await pause('bob')).toBe(403);
    expect(await pause('ann')).toBe(200);
    expect(app.get(dashboard.AuditLog).lines).toEqual(['ann: pause  of orders']);
    await dashboard.pauses(app.get(DqInspector));
    expect(await app.get(DqInspector).paused()).toEqual([]);
  });

  it('to testing moves time, looks at outcomes, and runs a handler by itself', async () => {
    await testing.application();
    const moduleRef = await testing.part();
    opened.push(moduleRef);
    await moduleRef.init();
    const [dq, orders] = [moduleRef.get(DqTesting), moduleRef.get(testing.OrderService)];
    await testing.matchers(dq, orders);
    await testing.time(dq, orders);
    testing.outcomes(dq);
    expect(await testing.handler(dq)).toBe('completed');
  });

  it('to upgrading has a handler of two tubes', async () => {
    const app = await open(part([Draining], ['default']));
    await app.dq.run('default', { id: 'old' });
    await app.dq.run('dq-default', { id: 'new' });
    expect(app.get(Draining).seen).toEqual(['old', 'new']);
  });

  it('beside Go runs what Go schedules, and schedules what Go runs', async () => {
    const app = await open(useDqTesting(Test.createTestingModule({ imports: [withGo.AppModule] })));
    await app.dq.run('orders', { id: '42' });
    expect(app.get(withGo.OrderJobs).cancelled).toEqual(['42']);
    const mails = app.get(withGo.MailService);
    const handle = await mails.remind('a@example.org');
    await mails.sendFrame(Buffer.from([2, 0, 255]));
    await expect(mails.sendFrame(Buffer.from([1]))).rejects.toMatchObject({ code: 'DQ_PAYLOAD' });
    expect(app.dq.scheduled('mails')).toMatchObject([{ data: { to: 'a@example.org' } }]);
    expect(await mails.forget(handle)).toBe('revoked');
  });
});
