// The code of docs/guides/retries-and-dead-letters.md, compiled and run.
import type { DqInspector, DqTubeOptions } from 'nestjs-dq';

export function options(): DqTubeOptions {
  const tube: DqTubeOptions = {
    name: 'orders',
    attempts: 8,
    backoff: { type: 'exponential', delay: '2s', factor: 3, max: '6h', jitter: 0.5 },
    expires: { after: '1d', action: 'bury' },
  };
  return tube;
}

export async function decide(inspector: DqInspector, id: string): Promise<void> {
  await inspector.dead('orders'); // each job once: id, reason, attempts, data, where its copies are
  await inspector.retry('orders', id); // with all its attempts; or retryAll('orders')
  await inspector.delete('orders', id); // or deleteAll('orders')
}

export async function look(inspector: DqInspector): Promise<void> {
  await inspector.counts(); // copies (three are one job): scheduled, ready, running, dead, per tube and node
  await inspector.next('orders'); // id, dueAt and handle of what is due next
  inspector.running('orders'); // in this process: how many handlers run, and the oldest
  await inspector.nodes(); // reachable, draining, binlog, binlogMoving (false is an alarm), version
}
