// Never run: `npm run typecheck` compiles it, and each line below an expected error must be one.
import { applyDecorators, type DynamicModule, type ExecutionContext, Injectable } from '@nestjs/common';
import {
  DQ_CONTEXT_TYPE,
  type DqErrorCode,
  type DqEvent,
  DqAgain,
  DqError,
  type DqEventOf,
  DqHandler,
  type DqJob,
  DqLayer,
  type DqLayerHost,
  type DqScheduleNext,
  DqModule,
  type DqModuleAsyncOptions,
  type DqModuleOptions,
  type DqOptionsFactory,
  DqProducer,
  getDqProducerToken,
  InjectDqProducer,
  OnDqEvent,
} from 'nestjs-dq';
import { DqHealthModule } from 'nestjs-dq/health';
import { DqOtelModule } from 'nestjs-dq/otel';

interface Order {
  readonly id: string;
  readonly total: number;
}

const order: Order = { id: 'a', total: 1 };
const servers = { beanstalks: ['a:1', 'b:1'], redis: 'redis://c' };

@Injectable()
export class Typed {
  constructor(
    readonly unnamed: DqProducer,
    @InjectDqProducer('orders') readonly orders: DqProducer<Order>,
  ) {}

  async producers(): Promise<void> {
    const handle: string = await this.orders.delay(order, '30m');
    await this.orders.delay(order, 1_000, { id: 'own', priority: 'high', attempts: 2, headers: { a: 'b' } });
    await this.orders.at(order, new Date());
    await this.orders.at(order, Date.now());
    await this.orders.delayMany([{ data: order, delay: '1s', priority: 'low' }]);
    await this.unnamed.delay('anything', 0);
    const outcome: 'revoked' | 'running' | 'done' | 'dead' = await this.orders.revoke(handle);
    void outcome;

    await this.orders.delay(order, '1m', { key: 'a', onConflict: 'postpone', debounce: { maxWait: '5m' } });
    await this.orders.atMany([{ data: order, at: 0, key: 'a', onConflict: 'error' }]);
    const { outcome: placed, previous } = await this.orders.upsert('a', order, { delay: '1m', attempts: 2 });
    const known: 'scheduled' | 'replaced' | 'postponed' | 'kept' | 'superseded' = placed;
    const before: Date | undefined = previous?.dueAt;
    const ended: 'cancelled' | 'running' | 'none' = await this.orders.cancel('a');
    const moved: 'rescheduled' | 'running' | 'none' = await this.orders.reschedule('a', { at: new Date() });
    const attempt: number | undefined = (await this.orders.find('a'))?.attempt;
    void [known, before, ended, moved, attempt];

    // @ts-expect-error a conflict has four ends
    await this.orders.delay(order, 0, { key: 'a', onConflict: 'merge' });
    // @ts-expect-error debounce is on or has a maxWait
    await this.orders.delay(order, 0, { key: 'a', debounce: false });
    // @ts-expect-error a key is a string
    await this.orders.delay(order, 0, { key: 1 });
    // @ts-expect-error an upsert needs a moment
    await this.orders.upsert('a', order, {});
    // @ts-expect-error and only one
    await this.orders.upsert('a', order, { delay: 0, at: 0 });
    // @ts-expect-error it has no id
    await this.orders.upsert('a', order, { delay: 0, id: 'b' });
    // @ts-expect-error and schedules orders
    await this.orders.upsert('a', 'order', { delay: 0 });
    // @ts-expect-error an upsert is no handle
    await this.orders.revoke(await this.orders.upsert('a', order, { delay: 0 }));
    // @ts-expect-error a moment is a delay or a date
    await this.orders.reschedule('a', '1m');
    // @ts-expect-error a producer of orders schedules orders
    await this.orders.delay({ id: 'a' }, '30m');
    // @ts-expect-error and nothing else
    await this.orders.delay('a', '30m');
    // @ts-expect-error nor nothing
    await this.orders.delay(undefined, '30m');
    // @ts-expect-error at a moment as well
    await this.orders.at({ id: 'a', total: '1' }, new Date());
    // @ts-expect-error many as well
    await this.orders.delayMany([{ data: { id: 'a' }, delay: 0 }]);
    // @ts-expect-error many at moments as well
    await this.orders.atMany([{ data: 1, at: 0 }]);
    // @ts-expect-error a delay is needed
    await this.orders.delay(order);
    // @ts-expect-error a delay is no Date
    await this.orders.delay(order, new Date());
    // @ts-expect-error a moment is no duration
    await this.orders.at(order, '30m');
    // @ts-expect-error options of a job are known by name
    await this.orders.delay(order, 0, { retries: 3 });
    // @ts-expect-error a priority is one of three words
    await this.orders.delay(order, 0, { priority: 'urgent' });
  }

  @DqHandler('orders', { concurrency: 20, attempts: 3, backoff: { type: 'fixed', delay: '2s' }, timeout: '1m' })
  handle(data: Order, job: DqJob<Order>): DqAgain | undefined {
    const same: Order = job.data;
    const key: string | undefined = job.key;
    void [same, key];
    // @ts-expect-error a job is only looked at
    job.attempt = 2;
    return job.attempt < data.total ? new DqAgain('1s') : undefined;
  }

  @DqHandler({ tube: 'mails', concurrency: 1 })
  async mails(): Promise<void> {}

  // @ts-expect-error a handler has a tube
  @DqHandler({ concurrency: 1 })
  // @ts-expect-error what belongs to a tube is not said here
  @DqHandler('bills', { format: 'plain' })
  bills(): void {}

  @composed()
  composed(): void {}

  // @ts-expect-error only methods handle jobs
  @DqHandler('property')
  readonly property = 1;
}

@Injectable()
export class Listener {
  @OnDqEvent('job-dead', { tube: 'orders' })
  @OnDqEvent('job-dead')
  async dead({ id, reason }: DqEventOf<'job-dead'>): Promise<string> {
    return `${id} ${reason}`;
  }

  @OnDqEvent('node-lost')
  lost(): void {}

  // @ts-expect-error no event has this type
  @OnDqEvent('job-died')
  died(): void {}

  // @ts-expect-error options of a listener are known by name
  @OnDqEvent('job-dead', { queue: 'orders' })
  unknown(): void {}

  // @ts-expect-error an event of a node has no tube
  @OnDqEvent('node-lost', { tube: 'orders' })
  lostOf(): void {}

  // @ts-expect-error a listener takes the events that it asks for
  @OnDqEvent('job-dead')
  other(event: DqEventOf<'job-again'>): void {
    // @ts-expect-error which have no other fields
    void event.reason;
  }
}

@DqLayer({ order: 1 })
export class Layer implements DqLayerHost {
  schedule(_: unknown, next: DqScheduleNext): Promise<string> {
    // @ts-expect-error what is added are headers
    void next({ attempts: 1 });
    // @ts-expect-error which are strings
    void next({ headers: { a: 1 } });
    return next({ headers: { a: 'b' }, optional: true });
  }

  job(_: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    return next();
  }
}

// @ts-expect-error layers have an order, and no priority
export const ordered = DqLayer({ priority: 1 });

// @ts-expect-error a layer has methods of known types
export const untrue: DqLayerHost = { event: 'job-dead' };

export const optional: readonly Promise<DynamicModule>[] = [
  DqHealthModule.forRoot(),
  DqOtelModule.forRoot({ relation: 'parent', observe: true }),
  DqOtelModule.forRootAsync({ useFactory: () => ({ metrics: false }) }),
  // @ts-expect-error a relation is one of two
  DqOtelModule.forRoot({ relation: 'child' }),
  // @ts-expect-error options of OpenTelemetry are known by name
  DqOtelModule.forRoot({ tracing: true }),
];

function composed(): MethodDecorator {
  return applyDecorators(DqHandler('composed'));
}

export class Factory implements DqOptionsFactory {
  createDqOptions(): DqModuleOptions {
    return { ...servers, tubes: ['orders'], consume: ['orders'] };
  }
}

export const modules: readonly DynamicModule[] = [
  DqModule.forRoot({ ...servers, tubes: ['orders', { name: 'mails', attempts: 2 }], isGlobal: false, logger: false }),
  DqModule.forRootAsync({ useFactory: () => servers, tubes: ['orders'], isGlobal: false }),
  DqModule.forRootAsync({ useFactory: async () => ({ ...servers, tubes: ['orders'] }) }),
  DqModule.forRootAsync({ useClass: Factory }),
  DqModule.forRootAsync({ useExisting: Factory, imports: [] }),
  DqModule.forFeature('orders', { name: 'mails', codec: 'json' }),
  // @ts-expect-error the nodes are needed
  DqModule.forRoot({ redis: 'redis://c' }),
  // @ts-expect-error and Redis is
  DqModule.forRoot({ beanstalks: ['a:1'] }),
  // @ts-expect-error a factory returns options
  DqModule.forRootAsync({ useFactory: () => ({}) }),
  // @ts-expect-error a factory class has the method
  DqModule.forRootAsync({ useClass: Typed }),
  // @ts-expect-error tubes are arguments here, no list
  DqModule.forFeature(['orders']),
];

export const wrapped = (options: Pick<DqModuleAsyncOptions, 'inject' | 'useFactory'>): DynamicModule =>
  DqModule.forRootAsync({ ...options, isGlobal: true });

export const tokens: readonly (string | typeof DqProducer)[] = [
  getDqProducerToken(),
  getDqProducerToken('orders'),
  // @ts-expect-error nobody means the default tube by a name that may be absent
  getDqProducerToken(undefined as string | undefined),
];

export function isDq(context: ExecutionContext): boolean {
  return context.getType<'http' | typeof DQ_CONTEXT_TYPE>() === DQ_CONTEXT_TYPE;
}

export function told(event: DqEvent): string {
  return event.type === 'job-failed' ? `${event.id} ${event.retryMs}` : event.type;
}

export function codeOf(error: unknown): DqErrorCode | undefined {
  return error instanceof DqError ? error.code : undefined;
}

export const embedded: readonly DynamicModule[] = [
  DqModule.forRoot({ embedded: true, tubes: ['orders'] }),
  DqModule.forRoot({ embedded: { file: '/var/lib/jobs' }, logger: false }),
  DqModule.forRootAsync({ useFactory: () => ({ embedded: true as const }) }),
  // @ts-expect-error servers or embedded, not both
  DqModule.forRoot({ ...servers, embedded: true }),
  // @ts-expect-error one node is one copy
  DqModule.forRoot({ embedded: true, copies: 2 }),
  // @ts-expect-error a file is a path
  DqModule.forRoot({ embedded: { file: true } }),
];
