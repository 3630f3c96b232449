import type { BatchObservableResult, Meter, Observable, ObservableGauge } from '@opentelemetry/api';
import type { DqEvent, DqInspector } from '../index.js';

type Observed = BatchObservableResult;

/** What is up, as the events tell it, and how many handlers run: known without asking anybody. */
export class ServerGauges {
  readonly #meter: Meter;
  readonly #inspector: () => DqInspector;
  readonly #lost = new Set<string>();
  readonly #nodes: ObservableGauge;
  readonly #store: ObservableGauge;
  readonly #running: ObservableGauge;
  readonly #gauges: Observable[];
  #isStoreUp = true;
  #names: readonly string[] = [];

  constructor(meter: Meter, inspector: () => DqInspector) {
    this.#meter = meter;
    this.#inspector = inspector;
    this.#nodes = meter.createObservableGauge('dq.node.up', { description: '1 while the node answers, otherwise 0' });
    this.#store = meter.createObservableGauge('dq.store.up', {
      description: '1 while the claim store (Redis, or the file of an embedded queue) answers, otherwise 0',
    });
    this.#running = meter.createObservableGauge('dq.handlers.running', {
      description: 'Handlers that run in this process',
      unit: '{handler}',
    });
    this.#gauges = [this.#nodes, this.#store, this.#running];
  }

  /** Asks once for the names of the nodes: of one that was never lost, no event tells. */
  async start(): Promise<void> {
    this.#meter.addBatchObservableCallback(this.#observe, this.#gauges);
    this.#names = (await this.#inspector().nodes()).map(({ node }) => node);
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, this.#gauges);
  }

  told(event: DqEvent): void {
    switch (event.type) {
      case 'node-lost':
        this.#lost.add(event.node);
        break;
      case 'node-back':
        this.#lost.delete(event.node);
        break;
      case 'store-lost':
      case 'file-lost':
        this.#isStoreUp = false;
        break;
      case 'store-back':
      case 'file-back':
        this.#isStoreUp = true;
        break;
      default:
    }
  }

  readonly #observe = (result: Observed): void => {
    for (const node of this.#names) result.observe(this.#nodes, this.#lost.has(node) ? 0 : 1, { node });
    result.observe(this.#store, this.#isStoreUp ? 1 : 0);
    for (const { tube, running } of this.#inspector().running()) result.observe(this.#running, running, { tube });
  };
}
