// Two processes that decide on letters of one tube at the same time.
import { expect, it } from '@jest/globals';
import type { DqInspector } from '../../../lib/core/inspector/inspector.js';
import { CarefulDialer } from '../../support/careful-connection.js';
import { InspectorBed, TUBE } from './inspector-bed.js';

const FAR_MS = 100;

/** The inspector of a process that is far from the nodes, or whose event loop stands still now and then. */
function far(bed: InspectorBed): DqInspector {
  const link = { carry: (_to: unknown, arrive: () => void) => void bed.clock.after(FAR_MS, arrive) };
  return bed.inspector(
    undefined,
    bed.nodes.map((node) => new CarefulDialer(node, { commandDeadline: 3_000 }, () => link)),
  );
}

it('a letter that one lets run is not buried again by the other, whenever that one comes past it', async () => {
  const buried: number[] = [];
  for (let startMs = 0; startMs <= 2_000; startMs += 10) {
    const bed = new InspectorBed(1);
    bed.die({ id: 'a' });
    bed.die({ id: 'b' });
    const passing = far(bed).retry(TUBE, 'b');
    await bed.clock.advance(startMs);
    const retried = await bed.over(bed.inspector().retry(TUBE, 'a'));
    expect(await bed.over(passing)).toBe(true);
    if (retried && bed.counts().buried > 0) buried.push(startMs);
  }
  expect(buried).toEqual([]);
});
