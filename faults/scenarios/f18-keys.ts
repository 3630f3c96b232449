import type { Scenario } from './scenario.js';

/** Of ten keys three are cancelled, three replaced, three postponed, and one is left as it is. */
export const keysAway: Scenario = {
  id: 'F18',
  variant: 'away',
  title:
    'a node with copies of jobs with keys is away while most keys are cancelled, replaced or postponed, and returns when all is done: ' +
    'each key runs its last word once, none of the cancelled',
  expect: { counts: { completed: { min: 70 } } },
  control: {
    what: 'what lost its key runs when its copy is met',
    name: 'no-key-tombstone',
    where: 'consumers',
    shows: ['superseded ran', 'cancelled ran'],
  },
  async play(testbed) {
    const [producer, consumers] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
    const [keys, dueMs] = testbed.pick([1_000, 20_000], [100, 6_000]);
    const share = keys * 0.3;
    const load = testbed.plan({ count: keys, perSecond: keys, delayMs: [dueMs, dueMs] });
    const { tube } = load;
    const moved = Math.ceil(testbed.clock.now()) + dueMs + 2_000;
    await producer.obey({ type: 'keys', plan: { say: 'place', load, firstKey: 0 } });
    await testbed.during('node 3 away', [2], async () => {
      await testbed.servers.node(2).kill();
      const next = testbed.plan({ count: share, perSecond: share, delayMs: [dueMs / 2, dueMs / 2] });
      await producer.obey({ type: 'keys', plan: { say: 'cancel', tube, firstKey: 0, count: share } });
      await producer.obey({ type: 'keys', plan: { say: 'place', load: next, firstKey: share } });
      await producer.obey({
        type: 'keys',
        plan: { say: 'move', tube, firstKey: 2 * share, count: share, dueMs: moved },
      });
      await testbed.eventually(() => testbed.history.of('end').length >= keys - share, 3 * dueMs);
      // Processes remember the jobs that ended in them; these do not.
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await testbed.consumers(2);
      await testbed.servers.node(2).start();
    });
  },
};
