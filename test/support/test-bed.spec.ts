import { describe, expect, it } from '@jest/globals';
import { PROBE_TUBE } from '../../lib/core/wire/tube-name.js';
import { testBed } from './test-bed.js';

const bed = testBed();

/** The handle of a job that waits on all nodes. */
const waits = (tube: string, delay: string): Promise<string> =>
  bed.naming(() =>
    bed
      .app({ tubes: [tube] })
      .producer(tube)
      .delay('x', delay),
  );

/** The revoke of a job is told of its copies on the first nodes alone. */
async function revokedBut(named: number, tube = bed.tube(), delay = '1h'): Promise<void> {
  const handle = (await waits(tube, delay)).split(',');
  const short = [...handle.slice(0, -1).toSorted().slice(0, named), handle.at(-1)].join(',');
  expect(
    await bed
      .app({ tubes: [tube] })
      .producer(tube)
      .revoke(short),
  ).toBe('revoked');
}

/** On the last node the one copy of a job stands before one of the two of another. */
async function oneBeforeTwo(): Promise<void> {
  const tube = bed.tube();
  await revokedBut(2, tube, '30m');
  await revokedBut(1, tube);
}

describe('a bed whose nodes are to be drained', () => {
  it('takes away the probe of a process that was killed, and the one copy of a revoked job that no handle names', async () => {
    await bed.raw(0, (client) => client.put('x', { tube: PROBE_TUBE, delay: 60 }));
    await revokedBut(2);
    await bed.drained();
  });

  it.each([
    ['that nobody revoked', () => waits(bed.tube(), '1h')],
    ['of which a revoke left two copies', () => revokedBut(1)],
    ['of which it left two, one of them behind another job', oneBeforeTwo],
  ])('complains of a job %s (control)', async (_which, leave) => {
    await leave();
    await expect(bed.drained()).rejects.toThrow('copies are left');
    await bed.wipe();
  });
});
