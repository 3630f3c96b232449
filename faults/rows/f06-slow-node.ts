import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Row } from './row.js';

function slow(variant: string, title: string, make: (wire: TcpProxy) => void): Row {
  return {
    id: 'F6',
    variant,
    title,
    world: { proxied: true },
    expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
    settleWithinMs: 950,
    control: {
      what: 'every node has to acknowledge, no deadline: the slowest sets the pace',
      name: 'waits-for-all',
      where: 'producers',
      shows: ['stuck'],
    },
    async play(stage) {
      const options = { options: { commandDeadline: '3s' } };
      const [producer] = await Promise.all([stage.producer(options), stage.consumers(2, options)]);
      const [count, perSecond] = stage.pick([2_400, 100], [250, 50]);
      const lasts = (count / perSecond) * 1_000;
      const load = producer.obey({ type: 'load', plan: stage.plan({ count, perSecond, delayMs: [0, lasts / 3] }) });
      await stage.sleep(lasts / 6);
      await stage.during(`node 3 ${variant}`, [2], async () => {
        make(stage.world.wire(2));
        await stage.sleep((lasts * 2) / 3);
        stage.world.wire(2).pass();
      });
      await load;
    },
  };
}

export const slowNode: readonly Row[] = [
  slow('jitter', 'a node answers 1 to 2 s late', (wire) => wire.delay(500, 500)),
  slow('drip', 'a node is reached at one byte a second', (wire) => wire.drip(1_000)),
  slow('half open', 'a node loses its connections and the clients are not told', (wire) => {
    wire.halfOpen();
    wire.partition();
  }),
];
