// Probes by @nestjs/terminus, over HTTP, on servers that hang or are away.
import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { describe, expect, it } from '@jest/globals';
import { DqHandler } from 'nestjs-dq';
import { DqHealthIndicator, DqHealthModule } from 'nestjs-dq/health';
import { specBed } from '../support/spec-bed.js';
import { until } from '../support/wait.js';
import { NestBed } from './nest-bed.js';

const nests = specBed(new NestBed());

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

async function open(): Promise<(path: 'live' | 'ready') => Promise<Probed>> {
  const { nest } = await nests.run((tube) => {
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
  await nest.listen(0, '127.0.0.1');
  const url = await nest.getUrl();
  return async (path) => {
    const answer = await fetch(`${url}/${path}`, { headers: { connection: 'close' } });
    const { details } = (await answer.json()) as { details: { dq: Probed['dq'] } };
    return { status: answer.status, dq: details.dq };
  };
}

describe('probes of @nestjs/terminus', () => {
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
