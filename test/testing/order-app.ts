import { Injectable, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach } from '@jest/globals';
import { DqHandler, type DqJob, DqProducer, getDqProducerToken } from 'nestjs-dq';
import { DqTesting, DqTestingModule, type DqTestingModuleOptions, type DqTestingSettings } from 'nestjs-dq/testing';

/** 2026-01-01: any moment that looks like one. */
export const START = 1_767_225_600_000;

/** What a test lets a handler do. */
export type Doing = (data: unknown, job: DqJob) => unknown;

/** A module under virtual time with one tube, whose handler does what the test says, and a note of each run. */
export interface OrderApp {
  readonly module: TestingModule;
  readonly dq: DqTesting;
  readonly orders: DqProducer;
  /** `data@milliseconds after START`, one per run. */
  readonly runs: string[];
}

/** A class whose only handler notes its run and then does what the test says. */
export function ordersHandler(runs: string[], now: () => number, doing: Doing, tube = 'orders'): new () => object {
  @Injectable()
  class Orders {
    @DqHandler(tube)
    async run(data: unknown, job: DqJob): Promise<unknown> {
      runs.push(`${JSON.stringify(data)}@${now() - START}`);
      return doing(data, job);
    }
  }
  return Orders;
}

export async function orderApp(
  doing: Doing = () => undefined,
  options: DqTestingModuleOptions = {},
  settings: DqTestingSettings = {},
  more: ModuleMetadata = {},
): Promise<OrderApp> {
  const runs: string[] = [];
  const Orders = ordersHandler(runs, () => dq.now(), doing);
  const module = await Test.createTestingModule({
    ...more,
    imports: [
      DqTestingModule.forRoot({ tubes: ['orders'], logger: false, ...options }, { now: START, ...settings }),
      ...(more.imports ?? []),
    ],
    providers: [Orders, ...(more.providers ?? [])],
  }).compile();
  const dq = module.get(DqTesting);
  await module.init();
  return { module, dq, orders: module.get<DqProducer>(getDqProducerToken('orders')), runs };
}

/** Applications for the spec that calls this: that of each test is closed behind it. */
export class OrderApps {
  /** The last one. */
  app!: OrderApp;

  constructor() {
    afterEach(() => this.app.module.close());
  }

  readonly open = async (...args: Parameters<typeof orderApp>): Promise<OrderApp> => {
    this.app = await orderApp(...args);
    return this.app;
  };
}
