import type { BatchObservableResult, Meter, Observable, ObservableGauge } from '@opentelemetry/api';
import type { DqHealth } from '../index.js';

/** What is up, how many handlers run, and what waits for them: from memory, nobody is asked. */
export class ServerGauges {
  readonly #meter: Meter;
  readonly #health: () => DqHealth;
  readonly #nodes: ObservableGauge;
  readonly #store: ObservableGauge;
  readonly #running: ObservableGauge;
  readonly #waiting: ObservableGauge;
  readonly #gauges: Observable[];

  constructor(meter: Meter, health: () => DqHealth) {
    this.#meter = meter;
    this.#health = health;
    this.#nodes = meter.createObservableGauge('dq.node.up', { description: '1 while the node answers, otherwise 0' });
    this.#store = meter.createObservableGauge('dq.store.up', {
      description: '1 while the claim store (Redis, or the file of an embedded queue) answers, otherwise 0',
    });
    this.#running = meter.createObservableGauge('dq.handlers.running', {
      description: 'Handlers that run in this process',
      unit: '{handler}',
    });
    this.#waiting = meter.createObservableGauge('dq.claims.waiting', {
      description: 'Jobs that are due and held in this process, and wait for their claim or a slot',
      unit: '{job}',
    });
    this.#gauges = [this.#nodes, this.#store, this.#running, this.#waiting];
  }

  start(): void {
    this.#meter.addBatchObservableCallback(this.#observe, this.#gauges);
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, this.#gauges);
  }

  readonly #observe = (result: BatchObservableResult): void => {
    const { nodes, store, tubes } = this.#health().check();
    for (const { node, up } of nodes) result.observe(this.#nodes, up ? 1 : 0, { node });
    result.observe(this.#store, store.up ? 1 : 0);
    for (const { tube, running, waiting } of tubes) {
      result.observe(this.#running, running, { tube });
      result.observe(this.#waiting, waiting, { tube });
    }
  };
}
