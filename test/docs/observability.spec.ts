// What the guide to observability shows is run, with the packages that it names.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { metrics } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqHealth, DqInspector, DqModule, type DqProducer, getDqProducerToken } from 'nestjs-dq';
import { DqTesting, DqTestingModule } from 'nestjs-dq/testing';
import { deathPrefix } from '../../scripts/death-prefix.mjs';
import { freePort } from '../../scripts/free-port.mjs';
import { root } from '../../scripts/root.mjs';
import { output } from '../package/project.js';
import { until } from '../support/wait.js';
import { codeBlocks } from './markdown.js';
import * as observability from './pages/observability.js';

/** What the script prints. */
interface Told {
  readonly tenants: Readonly<Record<string, readonly (string | null)[]>>;
  readonly lines: readonly object[];
  readonly captured: readonly object[];
}

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((application) => application.close()));
});

async function open(metadata: ModuleMetadata): Promise<TestingModule> {
  const moduleRef = await Test.createTestingModule(metadata).compile();
  opened.push(moduleRef);
  await moduleRef.init();
  return moduleRef;
}

const ordersOf = (moduleRef: TestingModule): DqProducer => moduleRef.get(getDqProducerToken('orders'));

describe('the guide to observability', () => {
  it('has listeners, a layer that carries a trace, and lines that name their job', async () => {
    const { Metrics, OrderJobs, Pager, probe, Tracer, Tracing } = observability;
    const app = await open({
      imports: [DqTestingModule.forRoot({ tubes: ['orders'], context: true, logger: false })],
      providers: [Pager, Metrics, Tracer, Tracing, OrderJobs],
    });
    await ordersOf(app).delay({}, '1h', { id: 'one' });
    await app.get(DqTesting).advance('1h');
    expect(app.get(Pager).calls).toEqual(['orders: one was given up: the handler gave it up: enough']);
    expect(app.get(Metrics).lateness).toEqual([0]);
    expect(app.get(Tracer).traces).toEqual(['trace-1']);
    expect(probe(app.get(DqHealth))).toEqual({ alive: true, ready: true });
    expect(app.get(OrderJobs).lines).toEqual(['[orders one attempt 1] no']);
  });

  it('has recipes with nestjs-cls, nestjs-pino and Sentry, which stand around each attempt and leave nothing outside of it', async () => {
    const script = join(root, 'test', 'docs', 'recipes-script.ts');
    const loader = join(root, 'harness', 'typescript-loader.mjs');
    const [command, ...args] = [...deathPrefix(), process.execPath, '--import', loader, script];
    const told = JSON.parse(await output(command, args, { cwd: root })) as Told;
    expect(told.tenants).toEqual({ one: ['paris', 'paris'], two: ['oslo'], none: [null] });
    const naming = (jobId: string, attempt = 1): object => ({ msg: 'at work', tube: 'orders', jobId, attempt });
    expect(told.lines).toEqual([
      expect.not.objectContaining({ jobId: expect.anything() }),
      ...[naming('none'), naming('one'), naming('one', 2), naming('two')].map((line) => expect.objectContaining(line)),
    ]);
    expect(told.captured).toMatchObject([
      {
        exception: { values: [{ type: 'RangeError', value: 'no such order' }] },
        tags: { tube: 'orders', attempt: 1 },
        extra: { jobId: 'one' },
      },
    ]);
  });

  it('has metrics that Prometheus can scrape', async () => {
    const port = await freePort();
    const provider = observability.startMetrics(port);
    try {
      await open({ imports: [observability.TracedModule] });
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } });
      expect(await answer.text()).toMatch(/^dq_handlers_running\{tube="orders".*\} 0$/m);
    } finally {
      await provider.shutdown();
      metrics.disable();
    }
  });

  it('has probes of terminus, where Kubernetes asks for them, and a history that says why jobs were given up', async () => {
    const history = { last: 100 };
    const dq = DqModule.forRoot({ embedded: true, tubes: [{ name: 'orders', history }], logger: false });
    const moduleRef = await Test.createTestingModule({
      imports: [dq, observability.HealthModule],
      providers: [observability.OrderJobs],
    }).compile();
    const app = moduleRef.createNestApplication({ logger: false });
    opened.push(app);
    await app.listen(0, '127.0.0.1');
    const [yaml = ''] = codeBlocks(readFileSync(join(root, 'docs', 'guides', 'observability.md'), 'utf8'), 'yaml');
    const paths = [...yaml.matchAll(/path: (\S+), port: 3000/g)].map(([, path]) => path);
    expect(paths).toEqual(['/health/live', '/health/ready']);
    for (const path of paths) {
      const answer = await fetch(`${await app.getUrl()}${path}`, { headers: { connection: 'close' } });
      expect([answer.status, await answer.json()]).toEqual([
        200,
        expect.objectContaining({ status: 'ok', details: { dq: expect.objectContaining({ status: 'up' }) } }),
      ]);
    }
    await ordersOf(moduleRef).delay({}, 0, { id: 'one' });
    const inspector = moduleRef.get(DqInspector);
    const told = await until(async () => {
      const lines = await observability.lastFailures(inspector);
      return lines.length === 1 ? lines : undefined;
    });
    expect(told).toEqual([expect.stringMatching(/^\d{4}-.* one attempt 1: the handler gave it up: enough$/)]);
  });
});
