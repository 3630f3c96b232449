// @ts-check
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TUBE } from './queue.mjs';

/** @typedef {import('./queue.mjs').Order} Order */
/** @typedef {import('./queue.mjs').Consumption} Consumption */

/**
 * This package as an application uses it: a Nest application, an injected `DqProducer`, a method with `@DqHandler`. All
 * options are the defaults (three copies, two of them acknowledged at least, claims on) but the concurrency.
 *
 * @type {import('./queue.mjs').OpenQueue}
 */
export async function openOurs({ endpoints, redisUrl, dist }, consumption) {
  /** @type {typeof import('nestjs-dq')} */
  const dq = await import(pathToFileURL(join(dist, 'index.js')).href);
  const names = [TUBE, ...Array.from({ length: (consumption?.tubes ?? 1) - 1 }, (_, at) => `${TUBE}-${at + 2}`)];
  const root = dq.DqModule.forRoot({
    beanstalks: endpoints,
    redis: redisUrl,
    tubes: names,
    consume: consumption !== undefined,
    logger: false,
  });
  const providers = consumption === undefined ? [] : names.map((name) => handlerClass(dq.DqHandler, name, consumption));
  class Application {
    name = 'bench';
  }
  Module({ imports: [root], providers })(Application);
  const application = await NestFactory.createApplicationContext(Application, { logger: ['error'] });
  /** @type {import('nestjs-dq').DqProducer<Order>} */
  const producer = application.get(dq.getDqProducerToken(TUBE));
  return {
    add: (order, delayMs) => producer.delay(order, delayMs),
    addMany: async (orders, now) => {
      const report = await producer.delayMany(orders.map((data) => ({ data, delay: Math.max(0, data.due - now) })));
      if (report.failed > 0) throw new Error(`${report.failed} of ${orders.length} jobs were not scheduled`);
    },
    close: () => application.close(),
  };
}

/**
 * What `@DqHandler(tube, { concurrency }) run(order) { ... }` makes of a provider.
 *
 * @param {typeof import('nestjs-dq').DqHandler} DqHandler
 * @param {string} tube
 * @param {Consumption} consumption
 */
function handlerClass(DqHandler, tube, { concurrency, run }) {
  class Orders {
    /** @param {Order} order */
    run(order) {
      return run(order);
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, 'run');
  if (descriptor) DqHandler(tube, { concurrency })(Orders.prototype, 'run', descriptor);
  return { provide: `handler of ${tube}`, useClass: Orders };
}
