// The child of worker.ts: one application process, which schedules, handles, or both.
// Layers are marked with it.
import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { systemClock } from '../../lib/core/base/clock.js';
import type { DqEvent } from '../../lib/core/base/events.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import { seededRandom } from '../../test/support/seeded-random.js';
import { block, handle, type HandlerPlace } from '../../harness/application/handle.js';
import type { Payload } from '../../harness/application/payload.js';
import { User } from '../../harness/application/user.js';
import { OneClock } from '../../harness/history/one-clock.js';
import type { Sabotage } from '../../harness/sabotage/sabotage.js';
import { sabotages } from '../../harness/sabotage/sabotages.js';
import { weakenedBackend } from './backend.js';
import { bareFivebeans } from './bare-fivebeans.js';
import type { ControlName, NumberedOrder, Order, WorkerSetup } from './messages.js';
import { RecurringJob } from './recurring-job.js';
import { Scheduler } from './scheduler.js';
import { Telling } from './telling.js';

const [setup] = (await once(process, 'message')) as [WorkerSetup];
const telling = new Telling(setup.name, new OneClock(setup.originMs));
const controls: Readonly<Record<ControlName, Sabotage>> = { ...sabotages, 'bare-fivebeans': bareFivebeans };
const control = setup.control === undefined ? undefined : controls[setup.control];
const options = control?.options?.(setup.options) ?? setup.options;
const { masters } = setup;
const redis = masters === undefined ? options.redis : new Cluster([...masters], { lazyConnect: true });
const runtime = new DqRuntime(resolveOptions({ ...options, redis }), {
  random: seededRandom(setup.seed),
  report: tell,
  ...(control?.clock === undefined ? {} : { clock: control.clock(systemClock) }),
  ...(control === undefined ? {} : { backend: weakenedBackend(control) }),
});
const user = new User(runtime, telling);
const scheduler = new Scheduler(runtime, user, telling.clock, setup.wrongClock);
const place: HandlerPlace = {
  name: setup.name,
  happened: (happening) => telling.happened(happening),
  pass: (ms) => sleep(ms),
  asksAgain: (_seq, { until = 0 }) => telling.clock.now() < until,
  die: () => void process.kill(process.pid, 'SIGKILL'),
};

const { recurring } = setup;
const recurs = recurring === undefined ? undefined : new RecurringJob(runtime, recurring, telling);
if (setup.handle !== undefined) {
  recurs?.handle(setup.handle);
  for (const { name } of options.tubes.filter(({ name }) => name !== recurring?.tube)) {
    runtime.handle(name, (data, job) => handle(data as Payload, job, place), setup.handle);
  }
}
runtime.start();
recurs?.start();
process.on('message', ({ number, order }: NumberedOrder) => {
  void obey(order).then(() => telling.send({ type: 'carried-out', number }));
});
telling.send({ type: 'ready' });

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case 'load':
      await scheduler.load(order.plan);
      break;
    case 'keys':
      await scheduler.say(order.plan);
      break;
    case 'gate':
      await user.gate(order.tube, order.word);
      break;
    case 'revoke':
      await scheduler.revoke(order.seqs);
      break;
    case 'block':
      block(order.ms, telling);
      break;
    case 'close':
      await recurs?.stop();
      await runtime.close();
      telling.happened({ kind: 'memory', by: setup.name, mb: Math.round(process.resourceUsage().maxRSS / 1_024) });
      // Nothing here ends the process: that it ends by itself is looked at.
      process.disconnect();
  }
}

function tell(event: DqEvent): void {
  const { type, ...rest } = event;
  telling.happened({
    kind: 'told',
    by: setup.name,
    type,
    ...('id' in event ? { id: event.id } : {}),
    text: JSON.stringify(rest, (_key, value: unknown) => (value instanceof Error ? value.message : value)),
  });
}
