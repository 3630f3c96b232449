import type { ShimControl } from '../shim/shim.js';
import type { Testbed } from '../servers/testbed.js';
import { oneCopy } from './controls.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

/** Small log files, so that a node needs a new one often. */
const LOG_BYTES = '20000';
const servers = { shimmed: true, nodeArgs: ['-s', LOG_BYTES] };

/** Jobs that fail and wait in the nodes, and some that are given up, under a node whose disk breaks and which is killed. */
async function underBrokenDisk(
  testbed: Testbed,
  breakIt: (shim: ShimControl) => void,
  killed: 'midway' | 'at the end',
): Promise<void> {
  const app = { handler: { attempts: 2, backoff: { type: 'fixed', delay: '3s' } } } as const;
  const acts = [{ share: 0.2, act: { do: 'fail', times: 1 } }] as const;
  const shape = { spread: 1 / 2, revokes: 0.02, acts, producer: app, consumers: [app, app] };
  await underLoad(testbed, shape, async ({ lasts, load }) => {
    const node = testbed.servers.node(0);
    await testbed.sleep(lasts / 6);
    await testbed.during('disk of node 1 broken', [], async () => {
      breakIt(testbed.servers.nodeShim(0));
      if (killed === 'midway') await testbed.sleep(lasts / 2);
      else {
        await load;
        await testbed.ended(lasts + 10_000);
      }
    });
    if (killed === 'at the end') await testbed.zombies();
    await testbed.during('node 1 killed', [0], async () => {
      await node.kill();
      testbed.servers.nodeShim(0).healDisk();
      await node.start();
    });
  });
}

export const diskFull: Scenario = {
  id: 'F7',
  variant: 'full',
  title: 'the disk of a node is full: retries wait elsewhere, and no copy stays reserved by nobody',
  needs: 'shim',
  servers,
  expect: { again: ['retry'], bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  control: {
    what: 'the node is believed to have released and buried what it could not',
    name: 'trusts-disk',
    where: 'consumers',
    shows: ['reserved'],
  },
  async play(testbed) {
    await underBrokenDisk(testbed, (shim) => shim.fillDisk(true), 'at the end');
  },
};

export const writesFail: Scenario = {
  id: 'F7',
  variant: 'write EIO',
  title: 'writes to the log of a node fail; it goes on without one, is killed, and forgets what it took since',
  needs: 'shim',
  servers,
  expect: { again: ['retry'], bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  control: oneCopy,
  async play(testbed) {
    await underBrokenDisk(testbed, (shim) => shim.failWrites(true), 'midway');
  },
};

export const syncsFail: Scenario = {
  id: 'F7',
  variant: 'fsync EIO',
  title: 'fsync of the log of a node fails',
  needs: 'shim',
  servers: { ...servers, nodeArgs: [...servers.nodeArgs, '-f', '0'] },
  expect: { again: ['retry'], bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  async play(testbed) {
    await underBrokenDisk(testbed, (shim) => shim.failSyncs(true), 'midway');
  },
};
