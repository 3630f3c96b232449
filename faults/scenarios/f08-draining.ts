import type { Row, Scenario } from './scenario.js';
import { NOT_FELT } from './usual.js';

/** SIGUSR1: beanstalkd takes no more jobs until it is restarted. */
function drains(at: readonly number[], own: Omit<Row, 'id'>): Scenario {
  return {
    id: 'F8',
    ...own,
    load: { short: [250, 60], spread: 1 / 2 },
    async fault(testbed, { lasts }) {
      await testbed.sleep(lasts / 3);
      await testbed.during('nodes draining', [], async () => {
        const nodes = at.map((at) => testbed.servers.node(at));
        for (const node of nodes) process.kill(node.pid, 'SIGUSR1');
        await testbed.sleep(lasts / 3);
        for (const node of nodes) await node.restart();
      });
    },
  };
}

export const draining: readonly Scenario[] = [
  drains([1], {
    variant: 'one',
    title: 'a node drains: it takes no jobs, and gives out those it has',
    expect: { bounds: NOT_FELT },
  }),
  drains([0, 1, 2], {
    variant: 'all',
    title: 'all nodes drain: callers are told so at once',
    expect: { counts: { rejected: { min: 1 } } },
    settleWithinMs: 1_500,
    control: {
      what: 'a draining node is believed to have taken the job',
      name: 'trusts-draining',
      where: 'producers',
      shows: ['lost'],
    },
  }),
];
