// Paused tubes in a table of claims: what it remembers of them when it is kept, loses its memory, or comes back with an older state.
import { describe, expect, it } from '@jest/globals';
import { pauseKey } from '../../../../lib/core/claims/claim-key.js';
import type { ClaimChange } from '../../../../lib/embedded/claims/claim-record.js';
import { ClaimTable } from '../../../../lib/embedded/claims/claim-table.js';
import { HOUR_MS, RETENTION_MS, TUBE } from '../../../contract/claim-lab.js';
import { ManualClock } from '../../../support/manual-clock.js';

const FOR_GOOD = { forMs: undefined, reason: 'moving' };

function setup() {
  const clock = new ManualClock();
  const table = new ClaimTable(RETENTION_MS, clock);
  const told: (ClaimChange | string)[] = [];
  table.watch(
    (change) => told.push(change),
    (_, key) => told.push(key),
  );
  const asJson = (changes: Iterable<unknown>) => JSON.parse(JSON.stringify([...changes])) as ClaimChange[];
  return { clock, table, told, asJson };
}

describe('paused tubes in a table', () => {
  it('are those of the older state that it comes back with, and none when it has lost its memory', () => {
    const { table } = setup();
    const before = table.snapshot();
    const known = table.pauses.pause(TUBE, FOR_GOOD);
    const since = table.snapshot();
    table.pauses.resume(TUBE);
    table.restore(since);
    expect(table.pauses.look(TUBE)).toEqual(known);
    table.restore(before);
    expect([table.pauses.look(TUBE), table.size]).toEqual([undefined, 0]);
  });

  it('are told and dumped as claims are, and put back from that', () => {
    const { clock, table, told, asJson } = setup();
    const known = [table.pauses.pause(TUBE, FOR_GOOD), table.pauses.pause('b', { forMs: HOUR_MS, reason: '' })];
    table.schedules.upsert('b', { name: 'nightly', mark: 'm', text: '{}', turn: undefined }, false);
    const dump = [...table.dump()];
    expect(told).toEqual(dump);
    expect(dump.map(({ of }) => of)).toEqual(['claim', 'claim', 'claim']);
    const copy = new ClaimTable(RETENTION_MS, clock);
    copy.load(asJson(dump));
    expect([copy.pauses.look(TUBE), copy.pauses.look('b')]).toEqual(known);
    expect(copy.schedules.all('b')).toHaveLength(1);
    table.pauses.resume(TUBE);
    expect(told.at(-1)).toBe(pauseKey(TUBE));
  });

  it('are over in the millisecond of their end, and forgotten then', () => {
    const { clock, table } = setup();
    table.pauses.pause(TUBE, { forMs: 5, reason: '' });
    clock.pass(4);
    expect(table.pauses.look(TUBE)).toBeDefined();
    clock.pass(1);
    table.sweep();
    expect([table.pauses.look(TUBE), table.size]).toEqual([undefined, 0]);
  });

  it('would be kept by a release that does not know them, as all is that a later one may write', () => {
    const { table, asJson } = setup();
    const later = { of: 'claim', key: `${pauseKey(TUBE)}2`, record: { state: 'later', keptUntil: 1e15 } };
    table.load(asJson([later]));
    expect([...table.dump()]).toEqual([later]);
  });
});
