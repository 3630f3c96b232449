import type { ShimControl } from '../shim/shim.js';
import type { Row, Scenario } from './scenario.js';
import { NOT_FELT, oneCopy } from './usual.js';

/** Small log files, so that a node needs a new one often. */
const LOG_BYTES = '20000';
const nodeArgs = ['-s', LOG_BYTES];
const app = { handler: { attempts: 2, backoff: { type: 'fixed', delay: '3s' } } } as const;

/** Jobs that fail and wait in the nodes, and some that are given up, under a node whose disk breaks and which is killed. */
function broken(
  own: Pick<Row, 'variant' | 'title' | 'control'> & Partial<Row>,
  killed: 'midway' | 'at the end',
  breakIt: (shim: ShimControl) => void,
): Scenario {
  return {
    id: 'F7',
    needs: 'shim',
    servers: { shimmed: true, nodeArgs },
    expect: { again: ['retry'], bounds: NOT_FELT },
    ...own,
    load: {
      spread: 1 / 2,
      revokes: 0.02,
      acts: [{ share: 0.2, act: { do: 'fail', times: 1 } }],
      producer: app,
      consumers: [app, app],
    },
    async fault(testbed, { lasts, load }) {
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
    },
  };
}

export const brokenDisk: readonly Scenario[] = [
  broken(
    {
      variant: 'full',
      title: 'the disk of a node is full: retries wait elsewhere, and no copy stays reserved by nobody',
      control: {
        what: 'the node is believed to have released and buried what it could not',
        name: 'trusts-disk',
        where: 'consumers',
        shows: ['reserved'],
      },
    },
    'at the end',
    (shim) => shim.fillDisk(true),
  ),
  broken(
    {
      variant: 'write EIO',
      title: 'writes to the log of a node fail; it goes on without one, is killed, and forgets what it took since',
      control: oneCopy,
    },
    'midway',
    (shim) => shim.failWrites(true),
  ),
  broken(
    {
      variant: 'fsync EIO',
      title: 'fsync of the log of a node fails',
      servers: { shimmed: true, nodeArgs: [...nodeArgs, '-f', '0'] },
    },
    'midway',
    (shim) => shim.failSyncs(true),
  ),
];
