// The code of docs/guides/observability.md, compiled and run.
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  currentDqJob,
  type DqEventOf,
  DqGiveUp,
  DqHandler,
  type DqJob,
  DqLayer,
  type DqLayerHost,
  DqModule,
  type DqScheduleCall,
  type DqHealth,
  type DqInspector,
  type DqScheduleNext,
  OnDqEvent,
} from 'nestjs-dq';
import { DqHealthIndicator, DqHealthModule } from 'nestjs-dq/health';
import { DqOtelModule } from 'nestjs-dq/otel';

@Injectable()
export class Pager {
  readonly calls: string[] = [];

  async call(text: string): Promise<void> {
    this.calls.push(text);
  }
}

@Injectable()
export class Metrics {
  readonly lateness: number[] = [];

  constructor(private readonly pager: Pager) {}

  @OnDqEvent('job-started', { tube: 'orders' })
  started({ lateMs }: DqEventOf<'job-started'>): void {
    this.lateness.push(lateMs);
  }

  @OnDqEvent('job-dead')
  async dead({ tube, id, reason }: DqEventOf<'job-dead'>): Promise<void> {
    await this.pager.call(`${tube}: ${id} was given up: ${reason}`);
  }
}

@Injectable()
export class Tracer {
  readonly traces: (string | undefined)[] = [];

  current(): string {
    return 'trace-1';
  }

  run(trace: string | undefined, work: () => Promise<unknown>): Promise<unknown> {
    this.traces.push(trace);
    return work();
  }
}

@DqLayer()
@Injectable()
export class Tracing implements DqLayerHost {
  constructor(private readonly tracer: Tracer) {}

  schedule(_call: DqScheduleCall, next: DqScheduleNext): Promise<string> {
    return next({ headers: { traceparent: this.tracer.current() } });
  }

  job(job: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    return this.tracer.run(job.headers.traceparent, next);
  }
}

export function logLine(text: string): string {
  const job = currentDqJob(); // undefined outside of a handler
  return job === undefined ? text : `[${job.tube} ${job.id} attempt ${job.attempt}] ${text}`;
}

export function probe(health: DqHealth): { readonly alive: boolean; readonly ready: boolean } {
  const { alive, ready, reasons } = health.check({ overdue: '5m' });
  if (!ready) console.log(reasons.join(', '));
  return { alive, ready };
}

@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly dq: DqHealthIndicator,
  ) {}

  @Get('live')
  @HealthCheck()
  live() {
    return this.checks.check([() => this.dq.alive('dq')]);
  }

  @Get('ready')
  @HealthCheck()
  ready() {
    return this.checks.check([() => this.dq.ready('dq', { overdue: '5m' })]);
  }
}

@Module({ imports: [TerminusModule, DqHealthModule.forRoot()], controllers: [HealthController] })
export class HealthModule {}

export async function lastFailures(inspector: DqInspector): Promise<string[]> {
  const entries = await inspector.history('orders', { outcome: 'dead', limit: 20 });
  return entries.map(({ at, id, attempt, error }) => `${at.toISOString()} ${id} attempt ${attempt}: ${error}`);
}

@Injectable()
export class OrderJobs {
  readonly lines: string[] = [];

  @DqHandler('orders')
  giveUp(): never {
    this.lines.push(logLine('no'));
    throw new DqGiveUp('enough');
  }
}

@Module({
  imports: [DqModule.forRoot({ embedded: true, tubes: ['orders'] }), DqOtelModule.forRoot()],
  providers: [OrderJobs],
})
export class TracedModule {}

export function startMetrics(port = 9464): MeterProvider {
  const provider = new MeterProvider({ readers: [new PrometheusExporter({ port })] });
  metrics.setGlobalMeterProvider(provider);
  return provider;
}
