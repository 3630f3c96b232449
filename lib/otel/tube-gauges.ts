import type { BatchObservableResult, Meter, Observable, ObservableGauge } from '@opentelemetry/api';
import type { DqInspector } from '../index.js';

const STATES = ['scheduled', 'ready', 'running', 'dead'] as const;
const MS = 1_000;

/** What waits on the nodes, which are asked whenever metrics are read. */
export class TubeGauges {
  readonly #meter: Meter;
  readonly #inspector: () => DqInspector;
  readonly #now: () => number;
  readonly #copies: ObservableGauge;
  readonly #overdue: ObservableGauge;
  readonly #paused: ObservableGauge;
  readonly #gauges: Observable[];

  constructor(meter: Meter, inspector: () => DqInspector, now: () => number = () => Date.now()) {
    this.#meter = meter;
    this.#inspector = inspector;
    this.#now = now;
    this.#copies = meter.createObservableGauge('dq.tube.copies', {
      description: 'Copies of jobs on a node. Usually three are one job',
      unit: '{copy}',
    });
    this.#overdue = meter.createObservableGauge('dq.tube.oldest_overdue', {
      description: 'For how long the oldest job that nobody has taken has been due, 0 when there is none',
      unit: 's',
    });
    this.#paused = meter.createObservableGauge('dq.tube.paused', { description: '1 while a tube is paused, else 0' });
    this.#gauges = [this.#copies, this.#overdue, this.#paused];
  }

  start(): void {
    this.#meter.addBatchObservableCallback(this.#observe, this.#gauges);
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, this.#gauges);
  }

  readonly #observe = async (result: BatchObservableResult): Promise<void> => {
    const counts = (await this.#inspector().counts()).filter(({ reachable }) => reachable);
    for (const count of counts) {
      const { tube, node } = count;
      for (const state of STATES) result.observe(this.#copies, count[state], { tube, node, state });
    }
    for (const [tube, paused] of new Map(counts.map((count) => [count.tube, count.paused])))
      if (paused !== undefined) result.observe(this.#paused, paused ? 1 : 0, { tube });
    const tubes = [...new Set(counts.map(({ tube }) => tube))];
    await Promise.all(
      tubes.map(async (tube) => {
        const isReady = counts.some((count) => count.tube === tube && count.ready > 0);
        result.observe(this.#overdue, isReady ? await this.#overdueSeconds(tube) : 0, { tube });
      }),
    );
  };

  /** Asked only when something is ready: of a job that waits for its next attempt, the due time has passed too. */
  async #overdueSeconds(tube: string): Promise<number> {
    const next = await this.#inspector().next(tube);
    return next === undefined ? 0 : Math.max(0, this.#now() - next.dueAt.getTime()) / MS;
  }
}
