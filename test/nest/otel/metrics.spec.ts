// What OpenTelemetry measures of an application.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DqAgain,
  DqGiveUp,
  DqHandler,
  DqInspector,
  type DqJob,
  type DqOptions,
  DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { DqOtelModule, type DqOtelOptions } from 'nestjs-dq/otel';
import { until } from '../../support/wait.js';
import { type BedApp, nestBed } from '../nest-bed.js';
import { MetricsSdk } from './metrics-sdk.js';

let sdk: MetricsSdk;
afterEach(() => sdk.stop());
const nests = nestBed();
beforeEach(() => {
  sdk = new MetricsSdk();
  sdk.start();
});

/** Does what its payload says, the first time. */
function act(data: unknown, { attempt }: DqJob, held: Promise<void>): unknown {
  if (data === 'hold') return held;
  if (data === 'give up') throw new DqGiveUp('as it was told');
  if (attempt > 1) return undefined;
  if (data === 'fail') throw new TypeError('as it was told');
  return undefined;
}

async function measured(otel?: DqOtelOptions, options?: Partial<DqOptions>, held?: Promise<void>): Promise<BedApp> {
  return nests.run((tube) => {
    let asked = false;
    class Jobs {
      @DqHandler(tube)
      run(data: unknown, job: DqJob): unknown {
        if (data === 'again' && !asked) {
          asked = true;
          return new DqAgain(1);
        }
        return act(data, job, held ?? Promise.resolve());
      }
    }
    return { imports: [DqOtelModule.forRoot(otel)], providers: [Jobs] };
  }, options);
}

const EMBEDDED = { embedded: true, beanstalks: undefined, redis: undefined } as unknown as Partial<DqOptions>;
const HISTOGRAMS = ['messaging.client.operation.duration', 'messaging.process.duration', 'dq.job.lateness'];

describe.each([
  ['on servers', {}],
  ['embedded', EMBEDDED],
])('metrics %s', (_, place) => {
  it('count what is scheduled, started, given up, and how each attempt ended', async () => {
    const app = await measured({}, place);
    for (const act of ['work', 'fail', 'again', 'give up'])
      await app.send(act, { id: `secret-${act.slice(0, 4).trim()}` });
    const producer = app.nest.get<DqProducer>(getDqProducerToken(app.tube));
    await expect(producer.delay(1, -5)).rejects.toMatchObject({ code: 'DQ_DELAY' });
    const tube = 'messaging.destination.name';
    await until(async () => {
      const ended = Object.values(await sdk.values('messaging.process.duration', 'dq.outcome'));
      return ended.reduce((sum, count) => sum + count, 0) === 6;
    });
    expect(await sdk.values('messaging.process.duration', tube, 'dq.outcome', 'error.type')).toEqual({
      [`${app.tube} completed undefined`]: 3,
      [`${app.tube} failed TypeError`]: 1,
      [`${app.tube} again undefined`]: 1,
      [`${app.tube} given-up DqGiveUp`]: 1,
    });
    const sent = { [`${app.tube} schedule undefined`]: 4, [`${app.tube} schedule DQ_DELAY`]: 1 };
    const by = [tube, 'messaging.operation.name', 'error.type'];
    expect(await sdk.values('messaging.client.sent.messages', ...by)).toEqual(sent);
    expect(await sdk.values('messaging.client.operation.duration', ...by)).toEqual(sent);
    expect(await sdk.values('messaging.client.consumed.messages', tube)).toEqual({ [app.tube]: 6 });
    expect(await sdk.values('dq.jobs.dead', 'tube')).toEqual({ [app.tube]: 1 });
    expect(await sdk.values('dq.store.up')).toEqual({ '': 1 });
    const nodes = 'embedded' in place ? ['embedded'] : nests.bed.cluster.endpoints;
    await until(async () => !Object.values(await sdk.values('dq.node.up', 'node')).includes(0));
    expect(await sdk.values('dq.node.up', 'node')).toEqual(Object.fromEntries(nodes.map((node) => [node, 1])));
    const read = await sdk.read();
    expect(JSON.stringify(read)).not.toContain('secret-');
    for (const name of HISTOGRAMS)
      expect(read.find((each) => each.descriptor.name === name)?.descriptor.unit).toBe('s');
    if (!('embedded' in place)) await nests.bury(app.tube);
  });
});

describe('metrics', () => {
  it('tell how late jobs start first; that a later attempt waits is no lateness', async () => {
    const app = await measured();
    await app.send('fail');
    await until(async () => (await sdk.values('messaging.process.duration', 'dq.outcome'))['completed']);
    expect(await sdk.values('messaging.client.consumed.messages', 'messaging.destination.name')).toEqual({
      [app.tube]: 2,
    });
    expect(await sdk.values('dq.job.lateness', 'tube')).toEqual({ [app.tube]: 1 });
  });

  it('tell how many handlers run, and how many jobs wait for them in this process', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const app = await measured({}, {}, held);
    await app.send('hold');
    await app.send('hold');
    const running = async (): Promise<number | undefined> =>
      (await sdk.values('dq.handlers.running', 'tube'))[app.tube];
    await until(async () => (await running()) === 2);
    expect(await sdk.values('dq.claims.waiting', 'tube')).toEqual({ [app.tube]: 0 });
    release();
    await until(async () => (await running()) === 0);
  });

  it('tell when a node is lost, and when it is back', async () => {
    const app = await measured();
    const node = nests.bed.cluster.node(0);
    const up = async (): Promise<Readonly<Record<string, number>>> => sdk.values('dq.node.up', 'node');
    await until(async () => Object.values(await up()).filter((each) => each === 1).length === 3);
    await node.kill();
    await app.event('node-lost');
    expect(await up()).toEqual(
      Object.fromEntries(nests.bed.cluster.endpoints.map((each) => [each, each === node.endpoint ? 0 : 1])),
    );
    await node.restart();
    await app.event('node-back');
    expect((await up())[node.endpoint]).toBe(1);
  });

  it('ask the nodes only with observe', async () => {
    await measured({ observe: true }, { consume: false });
    const other = await measured({ observe: true }, { consume: false });
    await other.send('waits');
    const copies = (): Promise<Readonly<Record<string, number>>> => sdk.values('dq.tube.copies', 'tube', 'state');
    await until(async () => (await copies())[`${other.tube} ready`] === 1);
    await until(async () => ((await sdk.values('dq.tube.oldest_overdue', 'tube'))[other.tube] ?? 0) > 0.02);
    expect(await sdk.values('dq.tube.copies', 'tube', 'node')).toMatchObject(
      Object.fromEntries(nests.bed.cluster.endpoints.map((node) => [`${other.tube} ${node}`, 0])),
    );
    expect(await sdk.values('dq.tube.paused', 'tube')).toMatchObject({ [other.tube]: 0 });
    await other.nest.get(DqInspector).pause(other.tube);
    expect(await sdk.values('dq.tube.paused', 'tube')).toMatchObject({ [other.tube]: 1 });
    await other.nest.get(DqInspector).resume(other.tube);
    // Not by a revoke: the third copy may have come later than the handle.
    await nests.bed.wipe();
    await until(async () => (await sdk.values('dq.tube.oldest_overdue', 'tube'))[other.tube] === 0);
  });

  it('do not ask them without it (control)', async () => {
    await measured();
    await until(async () => (await sdk.values('dq.node.up', 'node'))[nests.bed.cluster.node(0).endpoint] === 1);
    expect(await sdk.values('dq.tube.copies', 'tube')).toEqual({});
  });

  it('ask nobody any more when the application has closed', async () => {
    const app = await measured({ observe: true });
    await sdk.read();
    await app.nest.close();
    await sdk.read();
  });

  it('are none with metrics: false', async () => {
    const app = await measured({ metrics: false });
    await app.send('work');
    await nests.bed.drained();
    expect(await sdk.read()).toEqual([]);
  });

  it('are scraped by Prometheus through its exporter', async () => {
    await sdk.stop();
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const provider = new MeterProvider({ readers: [exporter] });
    metrics.setGlobalMeterProvider(provider);
    const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
    try {
      const app = await measured();
      await app.send('work');
      await nests.bed.drained();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
      const text = await (await fetch(url, { headers: { connection: 'close' } })).text();
      expect(text).toMatch(new RegExp(`^dq_job_lateness_count\\{tube="${app.tube}".*\\} 1$`, 'm'));
      expect(text).toMatch(/^dq_store_up(\{.*\})? 1$/m);
      expect(text).toMatch(/^messaging_client_sent_messages_total\{.*messaging_destination_name="tube-\d+".*\} 1$/m);
    } finally {
      await new Promise((resolve) => server.close(resolve));
      await provider.shutdown();
      metrics.disable();
    }
  });
});
