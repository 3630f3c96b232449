// Letters of one id: an id of the caller's own may have been given to several writes, each with a claim of its own.
import { expect, it } from '@jest/globals';
import { InspectorBed, keyOf, TUBE } from './inspector-bed.js';

const FIRST = { id: 'mine', generation: 'one' };
const SECOND = { id: 'mine', generation: 'two' };

it.each([
  ['done', (bed: InspectorBed) => bed.finish(FIRST)],
  ['revoked', (bed: InspectorBed) => void bed.claims.revoke({ key: keyOf(FIRST), copies: 1, dueMs: 0 })],
])('a look clears away the leftover of a write that is %s, and no copy of a later one', async (_, end) => {
  const bed = new InspectorBed(1, 3);
  bed.bury({ ...FIRST, nodes: [0] });
  end(bed);
  bed.die(SECOND);
  const body = bed.body(SECOND).toString();
  const letters = await bed.over(bed.inspector().dead(TUBE));
  expect(letters).toMatchObject([{ id: 'mine', reason: 'no luck', data: 'it', copies: [{}, {}, {}] }]);
  expect(bed.nodes.map((node) => node.counts(TUBE).buried)).toEqual([1, 1, 1]);
  expect(bed.jobs.map(({ body }) => body.toString())).toEqual([0, 1, 2].map(() => body));
});

it('a retry lets all letters of the id run that are dead, and no other', async () => {
  const bed = new InspectorBed();
  bed.die(FIRST);
  bed.die(SECOND);
  bed.die({ id: 'another' });
  const inspector = bed.inspector();
  expect(await bed.over(inspector.retry(TUBE, 'mine'))).toBe(true);
  expect(bed.counts()).toEqual({ ready: 2, buried: 1, delayed: 0, reserved: 0, watching: 0 });
  expect([FIRST, SECOND].map((letter) => bed.claims.describeDead(keyOf(letter)).kind)).toEqual(['alive', 'alive']);
  expect(await bed.over(inspector.retry(TUBE, 'mine'))).toBe(false);
});

it('a delete takes all letters of the id that are dead, and no other', async () => {
  const bed = new InspectorBed();
  bed.die(FIRST);
  bed.die(SECOND);
  bed.die({ id: 'another' });
  expect(await bed.over(bed.inspector().delete(TUBE, 'mine'))).toBe(true);
  expect(bed.counts()).toEqual({ ready: 0, buried: 1, delayed: 0, reserved: 0, watching: 0 });
  expect([FIRST, SECOND].map((letter) => bed.claims.describeDead(keyOf(letter)).kind)).toEqual(['over', 'over']);
});
