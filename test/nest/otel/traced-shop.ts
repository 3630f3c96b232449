import { afterEach, beforeEach } from '@jest/globals';
import { Body, Controller, Inject, Post } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import {
  DqHandler,
  type DqHandlerOptions,
  type DqJob,
  type DqOptions,
  type DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { DqOtelModule, type DqOtelOptions } from 'nestjs-dq/otel';
import { type BedApp, nestBed } from '../nest-bed.js';
import { seen } from '../seen.js';
import { TracingSdk } from './tracing-sdk.js';

export type Act = (data: unknown, job: DqJob) => unknown;

export const failsFirst: Act = (_, { attempt }) => {
  if (attempt === 1) throw new TypeError('told to fail');
};

/** A controller that schedules what it is sent, and a handler. */
export function shop(tube: string, act: Act = failsFirst, own: DqHandlerOptions = {}): (new () => object)[] {
  @Controller()
  class Orders {
    @Inject(getDqProducerToken(tube)) readonly dq!: DqProducer;

    @Post('orders')
    async place(@Body() order: { readonly n: number }): Promise<string> {
      trace.getActiveSpan()?.setAttribute('n', order.n);
      await this.dq.delay(order, 1);
      return 'placed';
    }
  }
  class Jobs {
    @DqHandler(tube, own)
    run(data: unknown, job: DqJob): unknown {
      seen.add(`attempt ${job.attempt}`);
      return act(data, job);
    }
  }
  return [Orders, Jobs];
}

export interface Wanted extends Partial<DqOptions> {
  readonly otel?: DqOtelOptions;
  /** Of the handler. */
  readonly own?: DqHandlerOptions;
}

/** Servers for the spec that calls this, and the SDK that watches the applications of its tests. */
export function tracedShop() {
  const sdk = new TracingSdk();
  afterEach(() => sdk.stop());
  const nests = nestBed();
  beforeEach(() => {
    seen.clear();
    sdk.start();
  });

  /** An application that OpenTelemetry watches; not initialized yet. */
  const create = (act?: Act, { own, otel, ...options }: Wanted = {}): Promise<BedApp> =>
    nests.create((tube) => {
      const [orders, jobs] = shop(tube, act, own);
      return { imports: [DqOtelModule.forRoot(otel)], controllers: [orders!], providers: [jobs!] };
    }, options);

  const traced = async (act?: Act, options?: Wanted): Promise<BedApp> => {
    const app = await create(act, options);
    await app.nest.init();
    return app;
  };

  return { sdk, nests, create, traced };
}
