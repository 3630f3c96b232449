// The child of observability.spec.ts: an application with all recipes. A process of its own, as a runner of tests cannot load nestjs-cls, which is
// CommonJS, beside a Nest that is not. It prints what was seen, as JSON.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createTransport, setCurrentClient } from '@sentry/core';
import { ServerRuntimeClient } from '@sentry/core/server';
import { DqAgain, DqHandler, type DqJob, DqModule, type DqProducer, getDqProducerToken, OnDqEvent } from 'nestjs-dq';
import { ClsModule, ClsService } from 'nestjs-cls';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { JobCls, JobLog, SentryCapture } from './pages/observability-recipes.js';

const JOBS = ['one', 'two', 'none'];
const tenants: Record<string, (string | undefined)[]> = Object.fromEntries(JOBS.map((id) => [id, []]));
const lines: Record<string, unknown>[] = [];
const captured: object[] = [];

let allDone = (): void => undefined;
const done = new Promise<void>((resolve) => (allDone = resolve));

@Injectable()
class Jobs {
  #completed = 0;
  #putOff = false;

  constructor(
    private readonly cls: ClsService,
    private readonly logger: PinoLogger,
  ) {}

  @DqHandler('orders', { backoff: { type: 'fixed', delay: 1 } })
  async run(_: unknown, { id, attempt }: DqJob): Promise<void> {
    await new Promise(setImmediate);
    if (id === 'two' && !this.#putOff) {
      this.#putOff = true;
      throw new DqAgain(1);
    }
    tenants[id]?.push(this.cls.get<string | undefined>('tenant'));
    this.logger.info('at work');
    if (id === 'one' && attempt === 1) throw new RangeError('no such order');
  }

  @OnDqEvent('job-completed')
  completed(): void {
    if (++this.#completed === JOBS.length) allDone();
  }
}

@Module({
  imports: [
    DqModule.forRoot({ embedded: true, tubes: ['orders'], logger: false }),
    ClsModule.forRoot({ global: true }),
    LoggerModule.forRoot({
      pinoHttp: [{}, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }],
    }),
  ],
  providers: [JobCls, JobLog, SentryCapture, Jobs],
})
class AppModule {}

const client = new ServerRuntimeClient({
  dsn: 'https://key@sentry.invalid/1',
  integrations: [],
  stackParser: () => [],
  transport: (options) => createTransport(options, async () => ({})),
  beforeSend: ({ exception, tags, extra }) => {
    captured.push({ exception, tags, extra });
    return null;
  },
});
setCurrentClient(client);
client.init();

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const orders = app.get<DqProducer>(getDqProducerToken('orders'));
const cls = app.get(ClsService);
for (const [id, tenant] of [
  ['one', 'paris'],
  ['two', 'oslo'],
]) {
  await cls.run(async () => {
    cls.set('tenant', tenant);
    await orders.delay({}, 0, { id });
  });
}
await orders.delay({}, 0, { id: 'none' });
await done;
(await app.resolve(PinoLogger)).info('outside');
await app.close();
await client.close();
lines.sort((one, other) => nameOf(one).localeCompare(nameOf(other)));
console.log(JSON.stringify({ tenants, lines, captured }));

/** What is outside of jobs comes first. */
function nameOf({ jobId = '', attempt }: Record<string, unknown>): string {
  return `${String(jobId)} ${String(attempt)}`;
}
