import type { Row } from './row.js';

function partition(direction: 'both' | 'toServer' | 'toClient', title: string): Row {
  return {
    id: 'F5',
    variant: direction,
    title,
    world: { proxied: true },
    expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
    control: {
      what: 'claims always granted: copies that come back by their time to run are run again',
      name: 'always-grants',
      where: 'consumers',
      shows: ['duplicated'],
    },
    async play(stage) {
      const [producer] = await Promise.all([stage.producer(), stage.consumers(2)]);
      const [count, perSecond] = stage.pick([2_400, 100], [300, 50]);
      const lasts = (count / perSecond) * 1_000;
      const plan = stage.plan({
        count,
        perSecond,
        delayMs: [0, lasts / 2],
        revokes: 0.02,
        // So that copies are held when the partition begins.
        acts: [{ share: 0.3, act: { do: 'wait', ms: 300 } }],
      });
      const load = producer.obey({ type: 'load', plan });
      await stage.sleep(lasts / 6);
      await stage.during('node 1 cut off', [0], async () => {
        stage.world.wire(0).partition(direction);
        await stage.sleep((lasts * 2) / 3);
        stage.world.wire(0).pass();
      });
      await load;
    },
  };
}

export const partitions: readonly Row[] = [
  partition('both', 'no byte gets to a node or back, and nobody is told; then all of them at once'),
  partition('toServer', 'the same, only on the way to the node'),
  partition('toClient', 'the same, only on the way back'),
];
