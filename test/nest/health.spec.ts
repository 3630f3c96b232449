// Probes by @nestjs/terminus, over HTTP, on servers that hang or are away.
import { Socket } from 'node:net';
import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { describe, expect, it, jest } from '@jest/globals';
import { DqHandler, DqInspector, DqModule } from 'nestjs-dq';
import { DqHealthIndicator, DqHealthModule } from 'nestjs-dq/health';
import { until } from '../support/wait.js';
import { type BedApp, nestBed } from './nest-bed.js';

const nests = nestBed();

@Controller()
class Probes {
  constructor(
    @Inject(HealthCheckService) private readonly checks: HealthCheckService,
    @Inject(DqHealthIndicator) private readonly dq: DqHealthIndicator,
  ) {}

  @Get('live')
  @HealthCheck()
  live(): unknown {
    return this.checks.check([() => this.dq.alive('dq')]);
  }

  @Get('ready')
  @HealthCheck()
  ready(): unknown {
    return this.checks.check([() => this.dq.ready('dq', { overdue: '1m' })]);
  }
}

interface Probed {
  readonly status: number;
  readonly dq: { readonly status: string; readonly reasons: readonly string[] };
}

function run(): Promise<BedApp> {
  return nests.run((tube) => {
    class Jobs {
      @DqHandler(tube)
      run(): void {}
    }
    return {
      imports: [TerminusModule.forRoot({ logger: false }), DqHealthModule.forRoot()],
      controllers: [Probes],
      providers: [Jobs],
    };
  });
}

async function open(): Promise<(path: 'live' | 'ready') => Promise<Probed>> {
  const { nest } = await run();
  await nest.listen(0, '127.0.0.1');
  const url = await nest.getUrl();
  return async (path) => {
    const answer = await fetch(`${url}/${path}`, { headers: { connection: 'close' } });
    const { details } = (await answer.json()) as { details: { dq: Probed['dq'] } };
    return { status: answer.status, dq: details.dq };
  };
}

describe('probes of @nestjs/terminus', () => {
  it('are answered in the same turn, and ask nobody for it, while all servers hang', async () => {
    const { nest, tube } = await run();
    const { cluster } = nests.bed;
    const dq = nest.get(DqHealthIndicator, { strict: false });
    await until(() => dq.ready('dq').dq.status === 'up');
    await Promise.all([...cluster.nodes, cluster.redis].map((server) => server.pause()));
    const trips = [
      ...(['_write', '_writev'] as const).map((method) => jest.spyOn(Socket.prototype, method)),
      jest.spyOn(Socket.prototype, 'connect'),
    ];
    const count = (): number => trips.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    try {
      // At most once a second nodes are asked what is overdue; it is not waited for.
      expect(dq.ready('dq', { overdue: '1m' })).toMatchObject({ dq: { status: 'up' } });
      const before = count();
      for (let probe = 0; probe < 100; probe++) {
        expect(dq.alive('dq')).toMatchObject({ dq: { status: 'up' } });
        expect(dq.ready('dq', { overdue: '1m' })).toMatchObject({ dq: { status: 'up' } });
      }
      expect(count() - before).toBe(0);
      // What asks a node makes a trip (control).
      const asked = nest
        .get(DqInspector)
        .next(tube)
        .catch(() => undefined);
      await until(() => count() > before);
      await nests.bed.heal();
      await asked;
    } finally {
      for (const spy of trips) spy.mockRestore();
      await nests.bed.heal();
    }
  });

  it('are both up, and stay so with one node of three hung', async () => {
    const probe = await open();
    await until(async () => (await probe('ready')).status === 200);
    await nests.bed.cluster.node(0).pause();
    await until(async () => JSON.stringify(await probe('ready')).includes('"up":false'));
    expect(await probe('live')).toMatchObject({ status: 200, dq: { status: 'up', reasons: [] } });
    expect(await probe('ready')).toMatchObject({ status: 200, dq: { status: 'up', reasons: [] } });
    nests.bed.cluster.node(0).resume();
  });

  it('tell that it is alive and not ready while Redis is away', async () => {
    const probe = await open();
    await until(async () => (await probe('ready')).status === 200);
    await nests.bed.cluster.redis.kill();
    await until(async () => (await probe('ready')).status === 503);
    expect((await probe('ready')).dq).toMatchObject({ status: 'down', reasons: ['the claim store cannot be reached'] });
    expect((await probe('live')).status).toBe(200);
    await nests.bed.heal();
    await until(async () => (await probe('ready')).status === 200);
  });
});

describe('a module with health checks', () => {
  it('has its probes also where the producers of the root are not global', async () => {
    const module = await Test.createTestingModule({
      imports: [
        DqModule.forRoot({ embedded: true, isGlobal: false, logger: false }),
        TerminusModule.forRoot({ logger: false }),
        DqHealthModule.forRoot(),
      ],
      controllers: [Probes],
    }).compile();
    try {
      await module.init();
      expect(module.get(DqHealthIndicator, { strict: false }).ready('dq')).toMatchObject({ dq: { status: 'up' } });
    } finally {
      await module.close();
    }
  });
});
