// The child of consumer-process.ts. Its handler does what the job's payload says; it calls upsert as it is told.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DqRuntime } from '../../lib/core/runtime.js';
import type { DqJob } from '../../lib/core/consumer/dq-job.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import type { ConsumerOrder, ConsumerReport, ConsumerSetup, Upserts, Work } from './consumer-process.js';

const gates = new Map<string, () => void>();

function tell(report: ConsumerReport): void {
  // A parent that died closes the channel; this process is about to be ended with it.
  if (process.connected) process.send?.(report);
}

async function work(data: Work, job: DqJob): Promise<void> {
  const { id, attempt } = job;
  tell({ type: 'started', id, attempt, dueMs: job.dueAt.getTime(), atMs: Date.now(), name: data.name });
  switch (data.act) {
    case 'die':
      process.kill(process.pid, 'SIGKILL');
      // The signal arrives while this waits.
      await new Promise(() => undefined);
      break;
    case 'fail-first':
      if (attempt === 1) throw new Error('told to fail');
      break;
    case 'block':
      standStill(data.ms ?? 0);
      break;
    case 'take':
      await sleep(data.ms ?? 0);
      break;
    case 'wait':
      await new Promise<void>((resolve) => {
        gates.set(data.name, resolve);
        job.signal.addEventListener('abort', () => {
          tell({ type: 'aborted', id, attempt, name: data.name, reason: (job.signal.reason as Error).name });
        });
      });
      break;
    case undefined:
      break;
  }
  tell({ type: 'finished', id, attempt, name: data.name });
}

/** As a handler does that computes for too long. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function upsert(runtime: DqRuntime, { tube, keys, rounds, delay, name }: Upserts): Promise<void> {
  const producer = runtime.producer<unknown>(tube);
  for (let round = 1; round <= rounds; round++) {
    const calls = keys.map((key) =>
      producer.upsert(key, `${name} ${round}`, { delay }).then(
        ({ outcome }) => outcome,
        (error: unknown) => (error as { readonly code: string }).code,
      ),
    );
    tell({ type: 'round', name, round, outcomes: await Promise.all(calls) });
  }
}

function run({ options, tubes, own }: ConsumerSetup): void {
  const runtime = new DqRuntime(resolveOptions({ ...options, tubes }), {
    report: (event) => {
      const { type, ...rest } = event;
      tell({ type: 'event', event: type, text: JSON.stringify(rest, hideErrors) });
    },
  });
  for (const tube of own === undefined ? [] : tubes) runtime.handle(tube, (data, job) => work(data as Work, job), own);
  runtime.start();
  process.on('message', (order: ConsumerOrder) => {
    if (order.type === 'finish') gates.get(order.name)?.();
    if (order.type === 'upsert') void upsert(runtime, order);
    if (order.type === 'close') void close(runtime);
  });
}

/** Nothing here ends the process: that it ends by itself is what a test looks at. */
async function close(runtime: DqRuntime): Promise<void> {
  await runtime.close();
  tell({ type: 'closed' });
  process.disconnect();
}

function hideErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}

const [setup] = (await once(process, 'message')) as [ConsumerSetup];
run(setup);
tell({ type: 'running' });
