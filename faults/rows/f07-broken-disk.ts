import type { ShimControl } from '../shim/shim.js';
import type { Stage } from '../world/stage.js';
import type { Row } from './row.js';

/** Small log files, so that a node needs a new one often. */
const LOG_BYTES = '20000';
const world = { shimmed: true, nodeArgs: ['-s', LOG_BYTES] };

/** Jobs that fail and wait in the nodes, and some that are given up, under a node whose disk breaks and which is killed. */
async function underBrokenDisk(
  stage: Stage,
  breakIt: (shim: ShimControl) => void,
  killed: 'midway' | 'at the end',
): Promise<void> {
  const app = { handler: { attempts: 2, backoff: { type: 'fixed', delay: '3s' } } } as const;
  const [producer] = await Promise.all([stage.producer(app), stage.consumers(2, app)]);
  const [count, perSecond] = stage.pick([2_400, 100], [300, 60]);
  const lasts = (count / perSecond) * 1_000;
  const plan = stage.plan({
    count,
    perSecond,
    delayMs: [0, lasts / 2],
    revokes: 0.02,
    acts: [{ share: 0.2, act: { do: 'fail', times: 1 } }],
  });
  const node = stage.world.node(0);
  const load = producer.obey({ type: 'load', plan });
  await stage.sleep(lasts / 6);
  await stage.during('disk of node 1 broken', [], async () => {
    breakIt(stage.world.nodeShim(0));
    if (killed === 'midway') await stage.sleep(lasts / 2);
    else {
      await load;
      await stage.ended(lasts + 10_000);
    }
  });
  if (killed === 'at the end') await stage.zombies();
  await stage.during('node 1 killed', [0], async () => {
    await node.kill();
    stage.world.nodeShim(0).healDisk();
    await node.start();
  });
  await load;
}

export const diskFull: Row = {
  id: 'F7',
  variant: 'full',
  title: 'the disk of a node is full: retries wait elsewhere, and no copy stays reserved by nobody',
  needs: 'shim',
  world,
  expect: { again: ['retry'], bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  control: {
    what: 'the node is believed to have released and buried what it could not',
    name: 'trusts-disk',
    where: 'consumers',
    shows: ['reserved'],
  },
  async play(stage) {
    await underBrokenDisk(stage, (shim) => shim.fillDisk(true), 'at the end');
  },
};

export const writesFail: Row = {
  id: 'F7',
  variant: 'write EIO',
  title: 'writes to the log of a node fail; it goes on without one, is killed, and forgets what it took since',
  needs: 'shim',
  world,
  expect: { again: ['retry'], bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  control: { what: 'one copy of each job', name: 'one-copy', where: 'producers', shows: ['lost'] },
  async play(stage) {
    await underBrokenDisk(stage, (shim) => shim.failWrites(true), 'midway');
  },
};

export const syncsFail: Row = {
  id: 'F7',
  variant: 'fsync EIO',
  title: 'fsync of the log of a node fails',
  needs: 'shim',
  world: { ...world, nodeArgs: [...world.nodeArgs, '-f', '0'] },
  expect: { again: ['retry'], bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  async play(stage) {
    await underBrokenDisk(stage, (shim) => shim.failSyncs(true), 'midway');
  },
};
