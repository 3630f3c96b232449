import type { Testbed } from '../servers/testbed.js';
import type { ControlUse, Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

/** SIGUSR1: beanstalkd takes no more jobs until it is restarted. */
async function drain(testbed: Testbed, at: readonly number[]): Promise<void> {
  await underLoad(testbed, { short: [250, 60], spread: 1 / 2 }, async ({ lasts }) => {
    await testbed.sleep(lasts / 3);
    await testbed.during('nodes draining', [], async () => {
      const nodes = at.map((at) => testbed.servers.node(at));
      for (const node of nodes) process.kill(node.pid, 'SIGUSR1');
      await testbed.sleep(lasts / 3);
      for (const node of nodes) await node.restart();
    });
  });
}

const control: ControlUse = {
  what: 'a draining node is believed to have taken the job',
  name: 'trusts-draining',
  where: 'producers',
  shows: ['lost'],
};

export const oneDrains: Scenario = {
  id: 'F8',
  variant: 'one',
  title: 'a node drains: it takes no jobs, and gives out those it has',
  expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  async play(testbed) {
    await drain(testbed, [1]);
  },
};

export const allDrain: Scenario = {
  id: 'F8',
  variant: 'all',
  title: 'all nodes drain: callers are told so at once',
  expect: { counts: { rejected: { min: 1 } } },
  settleWithinMs: 1_500,
  control,
  async play(testbed) {
    await drain(testbed, [0, 1, 2]);
  },
};
