import type { BatchObservableResult, Meter, ObservableGauge } from '@opentelemetry/api';
import type { DqHealth, DqInspector } from '../index.js';

/** Gauges that are told together whenever metrics are read. */
interface Gauges {
  start(): void;
  stop(): void;
}

const STATES = ['scheduled', 'ready', 'running', 'dead'] as const;
const MS = 1_000;

/** What is up, how many handlers run, and what waits for them: from memory, nobody is asked. */
export function serverGauges(meter: Meter, health: () => DqHealth): Gauges {
  const node = meter.createObservableGauge('dq.node.up', { description: '1 while the node answers, otherwise 0' });
  const store = meter.createObservableGauge('dq.store.up', {
    description: '1 while the claim store (Redis, or the file of an embedded queue) answers, otherwise 0',
  });
  const running = meter.createObservableGauge('dq.handlers.running', {
    description: 'Handlers that run in this process',
    unit: '{handler}',
  });
  const waiting = meter.createObservableGauge('dq.claims.waiting', {
    description: 'Jobs that are due and held in this process, and wait for their claim or a slot',
    unit: '{job}',
  });
  return gauges(meter, [node, store, running, waiting], (result) => {
    const report = health().check();
    for (const one of report.nodes) result.observe(node, one.up ? 1 : 0, { node: one.node });
    result.observe(store, report.store.up ? 1 : 0);
    for (const one of report.tubes) {
      result.observe(running, one.running, { tube: one.tube });
      result.observe(waiting, one.waiting, { tube: one.tube });
    }
  });
}

/** What waits on the nodes, which are asked whenever metrics are read. */
export function tubeGauges(meter: Meter, inspector: () => DqInspector, now: () => number = () => Date.now()): Gauges {
  const copies = meter.createObservableGauge('dq.tube.copies', {
    description: 'Copies of jobs on a node. Usually three are one job',
    unit: '{copy}',
  });
  const overdue = meter.createObservableGauge('dq.tube.oldest_overdue', {
    description: 'For how long the oldest job that nobody has taken has been due, 0 when there is none',
    unit: 's',
  });
  const paused = meter.createObservableGauge('dq.tube.paused', { description: '1 while a tube is paused, else 0' });
  // Asked only when something is ready: of a job that waits for its next attempt, the due time has passed too.
  const overdueSeconds = async (tube: string): Promise<number> => {
    const next = await inspector().next(tube);
    return next === undefined ? 0 : Math.max(0, now() - next.dueAt.getTime()) / MS;
  };
  return gauges(meter, [copies, overdue, paused], async (result) => {
    const counts = (await inspector().counts()).filter(({ reachable }) => reachable);
    for (const count of counts) {
      const { tube, node } = count;
      for (const state of STATES) result.observe(copies, count[state], { tube, node, state });
    }
    const tubes = new Map(counts.map((count) => [count.tube, count.paused]));
    await Promise.all(
      [...tubes].map(async ([tube, isPaused]) => {
        if (isPaused !== undefined) result.observe(paused, isPaused ? 1 : 0, { tube });
        const isReady = counts.some((count) => count.tube === tube && count.ready > 0);
        result.observe(overdue, isReady ? await overdueSeconds(tube) : 0, { tube });
      }),
    );
  });
}

function gauges(
  meter: Meter,
  all: ObservableGauge[],
  observe: (result: BatchObservableResult) => void | Promise<void>,
): Gauges {
  return {
    start: () => meter.addBatchObservableCallback(observe, all),
    stop: () => meter.removeBatchObservableCallback(observe, all),
  };
}
