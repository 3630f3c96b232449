// The child of upsert-process.ts: a producer that calls upsert as it is told.
import { once } from 'node:events';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import type { UpsertOrder, UpsertReport, UpsertSetup } from './upsert-process.js';

function tell(report: UpsertReport): void {
  if (process.connected) process.send?.(report);
}

const [setup] = (await once(process, 'message')) as [UpsertSetup];
const runtime = new DqRuntime(resolveOptions({ ...setup.options, tubes: [setup.tube], consume: false }));
const producer = runtime.producer<unknown>(setup.tube);

async function run({ keys, rounds, delay, name }: UpsertOrder): Promise<void> {
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

process.on('message', (order: UpsertOrder) => void run(order));
process.once('disconnect', () => process.exit());
tell({ type: 'open' });
