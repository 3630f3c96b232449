// How the inspector goes through the buried copies of a tube: every call ends, and loses hold of nothing on the way.
import { describe, expect, it, jest } from '@jest/globals';
import { CarefulDialer } from '../../support/careful-connection.js';
import { StubNode } from '../../support/stub-node.js';
import { InspectorBed, TUBE } from './inspector-bed.js';

function bedWith(letters: number, travelMs: number): InspectorBed {
  const bed = new InspectorBed(travelMs);
  for (let at = 0; at < letters; at++) bed.die({ id: `letter-${at}` });
  return bed;
}

describe('a scan', () => {
  it('that takes longer than a reservation lasts loses no copy: it touches what it holds', async () => {
    const bed = bedWith(400, 10);
    const ended = bed.nodes.map(({ table }) => jest.spyOn(table, 'expire'));
    expect(await bed.over(bed.inspector().retryAll(TUBE), 60_000)).toBe(400);
    expect(bed.clock.monotonic()).toBeGreaterThan(5_000);
    expect(bed.counts()).toEqual({ ready: 400, buried: 0, delayed: 0, reserved: 0, watching: 0 });
    for (const reservation of ended) expect(reservation).not.toHaveBeenCalled();
  });

  it('needs one round trip for each copy, and sends them on in one', async () => {
    const bed = bedWith(100, 5);
    await bed.over(bed.inspector().retryAll(TUBE), 60_000);
    expect(bed.clock.monotonic()).toBeLessThan(110 * 10);
  });

  it('ends when a number comes up twice', async () => {
    const bed = new InspectorBed();
    const body = bed.body({ id: 'again' });
    const node = new StubNode('node-1:11300', bed.clock, (command) => {
      if (command.name === 'put') return { kind: 'INSERTED', id: 1 };
      if (command.name === 'peek-buried' && node.named('peek-buried').length < 50)
        return { kind: 'FOUND', id: 7, body };
      if (command.name === 'reserve-job') return { kind: 'RESERVED', id: 7, body };
      return { kind: command.name === 'release' ? 'RELEASED' : 'NOT_FOUND' };
    });
    expect(await bed.over(bed.inspector(undefined, [node]).retryAll(TUBE, { mayHaveRun: true }))).toBe(1);
    expect(node.named('reserve-job')).toHaveLength(1);
  });

  it('ends after half a minute: what it has not reached is not in the answer, and everything is put back', async () => {
    const bed = bedWith(100, 500);
    const letters = await bed.over(bed.inspector().dead(TUBE), 60_000);
    expect(letters.length).toBeGreaterThan(20);
    expect(letters.length).toBeLessThan(31);
    expect(bed.counts()).toEqual({ ready: 0, buried: 100, delayed: 0, reserved: 0, watching: 0 });
    // It goes on where it stopped.
    const next = await bed.over(bed.inspector().dead(TUBE, { limit: 1 }), 60_000);
    expect(next).toMatchObject([{ id: `letter-${letters.length}` }]);
  });

  it('leaves no connection and no timer, also when its nodes die under it', async () => {
    const bed = bedWith(10, 10);
    const looking = bed.inspector().dead(TUBE);
    await bed.clock.advance(100);
    bed.nodes[0]!.kill();
    await bed.over(looking);
    // What travels arrives.
    await bed.clock.advance(20);
    expect(bed.clock.timers).toBe(0);
  });

  it('does not bury on a disk that has filled up: the node would lose hold of the copy', async () => {
    const bed = bedWith(1, 10);
    const looking = bed.inspector().dead(TUBE);
    while (bed.counts().reserved === 0) await bed.clock.advance(5);
    bed.nodes[0]!.table.diskFull = true;
    expect(await bed.over(looking)).toHaveLength(1);
    expect(bed.counts()).toEqual({ ready: 1, buried: 0, delayed: 0, reserved: 0, watching: 0 });
  });

  it('holds no more than a pass at once, and goes on pass after pass', async () => {
    const bed = bedWith(1_200, 2);
    expect(await bed.over(bed.inspector().retryAll(TUBE), 60_000)).toBe(1_200);
    expect(bed.mostHeld).toBeGreaterThan(400);
    expect(bed.mostHeld).toBeLessThanOrEqual(500);
    expect(bed.counts().ready).toBe(1_200);
  });

  it('gets past letters that have to stay', async () => {
    const bed = new InspectorBed();
    for (let at = 0; at < 700; at++) bed.bury({ id: `forgotten-${at}` });
    bed.die({ id: 'last' });
    expect(await bed.over(bed.inspector().retryAll(TUBE))).toBe(1);
    expect(bed.counts()).toMatchObject({ ready: 1, buried: 700 });
  });

  it('for one id holds none of the others', async () => {
    const bed = bedWith(50, 10);
    expect(await bed.over(bed.inspector().retry(TUBE, 'letter-25'), 60_000)).toBe(true);
    expect(bed.mostHeld).toBe(1);
    expect(bed.counts()).toEqual({ ready: 1, buried: 49, delayed: 0, reserved: 0, watching: 0 });
  });

  it('shows a letter once whose copies stand far apart on their nodes', async () => {
    const bed = new InspectorBed(1, 2);
    const letter = { id: 'apart' };
    bed.bury({ ...letter, nodes: [0] });
    for (let at = 0; at < 600; at++) bed.bury({ id: `between-${at}`, nodes: [0, 1] });
    bed.bury({ ...letter, nodes: [1] });
    const letters = await bed.over(bed.inspector().dead(TUBE, { limit: 1_000 }));
    expect(letters).toHaveLength(601);
    expect(letters.find(({ id }) => id === 'apart')?.copies).toHaveLength(2);
  });

  it('deletes every copy of one body that is no job, however many passes that takes', async () => {
    const bed = new InspectorBed();
    for (let at = 0; at < 700; at++) bed.bury({ id: 'none' }, Buffer.from('no job'));
    expect(await bed.over(bed.inspector().deleteAll(TUBE))).toBe(1);
    expect(bed.jobs).toEqual([]);
  });
});

describe('a look that somebody waits for', () => {
  const DEADLINE_MS = 900;
  let bed: InspectorBed;

  /** How many letters it shows, and how long it takes, where each node says nothing any more from its moment on. */
  async function looks(letters: number, ...hangsAt: readonly number[]): Promise<readonly [number, number]> {
    bed = new InspectorBed(5, hangsAt.length);
    for (const at of hangsAt.keys())
      for (let letter = 0; letter < letters; letter++) bed.die({ id: `${at}-${letter}`, nodes: [at] });
    const dialers = bed.nodes.map((node, at) => {
      const carry = (_to: unknown, arrive: () => void): void => {
        if (bed.clock.monotonic() < hangsAt[at]!) bed.clock.after(bed.travelMs, arrive);
      };
      return new CarefulDialer(node, { commandDeadline: 3_000 }, () => ({ carry }));
    });
    const shown = await bed.over(bed.inspector(undefined, dialers).dead(TUBE, { deadline: DEADLINE_MS }));
    return [shown.length, bed.clock.monotonic()];
  }

  it('shows all that the others have where a node says nothing', async () => {
    expect((await looks(25, Infinity, 0))[0]).toBe(25);
  });

  it('shows what all have where all answer, and does not use its time up (control)', async () => {
    const [shown, tookMs] = await looks(25, Infinity, Infinity);
    expect(shown).toBe(50);
    expect(tookMs).toBeLessThan(DEADLINE_MS / 2);
  });

  // It hangs while copies are taken, and where 240, 480 and 720 ms have passed, while they are put back.
  it.each([100, 240, 340, 480, 640, 720, 880])(
    'waits a third of its time for a node that hangs after %d ms',
    async (at) => {
      expect((await looks(100, at))[1]).toBeLessThanOrEqual(at + DEADLINE_MS / 3 + 20);
    },
  );

  it('puts back all that it took from a node that answers, when its time is over', async () => {
    const [shown, tookMs] = await looks(100, Infinity);
    expect([shown > 50, shown < 100, tookMs < DEADLINE_MS + 100]).toEqual([true, true, true]);
    expect(bed.counts()).toEqual({ ready: 0, buried: 100, delayed: 0, reserved: 0, watching: 0 });
  });
});
