import { describe, expect, it } from '@jest/globals';
import { PROBE_TUBE } from '../../lib/core/wire/tube-name.js';
import { testBed } from './test-bed.js';

const bed = testBed();

/** The handle of a job that waits on all nodes for an hour. */
const waits = (tube: string): Promise<string> =>
  bed.naming(() =>
    bed
      .app({ tubes: [tube] })
      .producer(tube)
      .delay('x', '1h'),
  );

/** The copies of a job that its revoke is told of: so many of three. */
async function revokedBut(named: number): Promise<void> {
  const tube = bed.tube();
  const handle = (await waits(tube)).split(',');
  const short = [...handle.slice(0, named), handle.at(-1)].join(',');
  expect(
    await bed
      .app({ tubes: [tube] })
      .producer(tube)
      .revoke(short),
  ).toBe('revoked');
}

describe('a bed whose nodes are to be drained', () => {
  it('takes away the probe of a process that was killed, and the one copy of a revoked job that no handle names', async () => {
    await bed.raw(0, (client) => client.put('x', { tube: PROBE_TUBE, delay: 60 }));
    await revokedBut(2);
    await bed.drained();
  });

  it.each([
    ['that nobody revoked', () => waits(bed.tube())],
    ['of which a revoke left two copies', () => revokedBut(1)],
  ])('complains of a job %s (control)', async (_which, leave) => {
    await leave();
    await expect(bed.drained()).rejects.toThrow('copies are left');
    await bed.wipe();
  });
});
