import type { Row } from './row.js';

export const calm: Row = {
  id: 'F0',
  title: 'no fault; a tenth of the jobs due in one second',
  expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  control: {
    what: 'claims always granted',
    name: 'always-grants',
    where: 'consumers',
    shows: ['duplicated'],
  },
  async play(stage) {
    const [producer] = await Promise.all([stage.producer(), stage.consumers(2)]);
    const [count, perSecond] = stage.pick([9_000, 400], [300, 100]);
    const crowd = stage.pick(1_000, 50);
    const lasts = (count / perSecond) * 1_000;
    await Promise.all([
      producer.obey({ type: 'load', plan: stage.plan({ count, perSecond, delayMs: [0, lasts / 2], revokes: 0.02 }) }),
      producer.obey({
        type: 'load',
        plan: stage.plan({ count: crowd, perSecond, delayMs: [0, 0], dueFrom: Math.ceil(stage.clock.now() + lasts) }),
      }),
    ]);
  },
};
