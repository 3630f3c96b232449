import type { Stage } from '../world/stage.js';
import type { ControlUse, Row } from './row.js';

/** SIGUSR1: beanstalkd takes no more jobs until it is restarted. */
async function drain(stage: Stage, at: readonly number[]): Promise<void> {
  const [producer] = await Promise.all([stage.producer(), stage.consumers(2)]);
  const [count, perSecond] = stage.pick([2_400, 100], [250, 60]);
  const lasts = (count / perSecond) * 1_000;
  const load = producer.obey({ type: 'load', plan: stage.plan({ count, perSecond, delayMs: [0, lasts / 2] }) });
  await stage.sleep(lasts / 3);
  await stage.during('nodes draining', [], async () => {
    const nodes = at.map((at) => stage.world.node(at));
    for (const node of nodes) process.kill(node.pid, 'SIGUSR1');
    await stage.sleep(lasts / 3);
    for (const node of nodes) await node.restart();
  });
  await load;
}

const control: ControlUse = {
  what: 'a draining node is believed to have taken the job',
  name: 'trusts-draining',
  where: 'producers',
  shows: ['lost'],
};

export const oneDrains: Row = {
  id: 'F8',
  variant: 'one',
  title: 'a node drains: it takes no jobs, and gives out those it has',
  expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  async play(stage) {
    await drain(stage, [1]);
  },
};

export const allDrain: Row = {
  id: 'F8',
  variant: 'all',
  title: 'all nodes drain: callers are told so at once',
  expect: { counts: { rejected: { min: 1 } } },
  settleWithinMs: 1_500,
  control,
  async play(stage) {
    await drain(stage, [0, 1, 2]);
  },
};
