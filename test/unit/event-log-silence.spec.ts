import { describe, expect, it } from '@jest/globals';
import { EventLogBed, LOST } from './event-log-bed.js';

const bed = new EventLogBed();

describe('what the event log leaves out', () => {
  it('does not end the silence of one kind with that of another', () => {
    bed.log.write(LOST);
    bed.log.write(LOST);
    bed.clock.pass(9_000);
    const other = { ...LOST, node: 'b:2' } as const;
    bed.log.write(other);
    bed.clock.pass(1_500);
    bed.log.write(other);
    const of = (node: string): number => bed.lines.filter(([, text]) => text.startsWith(`Node ${node}`)).length;
    expect(of('b:2')).toBe(1);
    bed.clock.pass(30_000);
    expect(bed.lines.filter(([, text]) => text.includes('not logged'))).toHaveLength(2);
  });

  it('writes one line of a kind in ten seconds, and then how many were left out', () => {
    for (let second = 0; second < 25; second++) {
      for (let times = 0; times < 4; times++) bed.log.write(LOST);
      bed.clock.pass(1_000);
    }
    expect(bed.lines.map(([, text]) => text.slice(0, 22))).toEqual([
      'Node a:1 is lost: a:1 ',
      '39 more node-lost even',
      'Node a:1 is lost: a:1 ',
      '39 more node-lost even',
      'Node a:1 is lost: a:1 ',
    ]);
  });

  it('keeps other nodes, tubes and kinds apart', () => {
    for (let times = 0; times < 3; times++) {
      for (const node of ['a:1', 'b:1']) bed.log.write({ ...LOST, node });
      bed.log.write({ type: 'node-back', node: 'a:1', awayMs: 5 });
      for (const tube of ['orders', 'mails']) bed.log.write({ type: 'stop-deadline', tube, running: 1 });
    }
    // What is lost after it was back is news each time.
    expect(bed.lines).toHaveLength(5 + 2 * 2);
  });

  it('tells what was left out when it is flushed', () => {
    for (let times = 0; times < 5; times++) bed.log.write(LOST);
    bed.log.flush();
    expect(bed.lines.map(([level]) => level)).toEqual(['warn', 'warn']);
    expect(bed.lines[1]?.[1]).toBe('4 more node-lost events (a:1) were not logged.');
    bed.log.flush();
    expect(bed.lines).toHaveLength(2);
  });

  it('writes a kind again when ten seconds are over, and no sooner', () => {
    for (const ms of [0, 9_999, 1]) {
      bed.clock.pass(ms);
      bed.log.write(LOST);
    }
    expect(bed.lines.map(([, text]) => /1 more/.test(text))).toEqual([false, true]);
  });

  it('forgets no count when there are very many kinds', () => {
    for (const node of ['a:1', 'a:1']) bed.log.write({ ...LOST, node });
    for (let node = 0; node < 1_000; node++) bed.log.write({ ...LOST, node: `node-${node}:1` });
    expect(bed.lines.filter(([, text]) => text.includes('1 more node-lost'))).toHaveLength(1);
  });

  it('does not grow with the names that events bring', () => {
    const written = (tube: number): number => {
      const before = bed.lines.length;
      bed.log.write({ type: 'stop-deadline', tube: `tube-${tube}`, running: 1 });
      return bed.lines.length - before;
    };
    for (let tube = 0; tube < 5_000; tube++) expect(written(tube)).toBe(1);
    expect(written(4_999)).toBe(0);
    // Long forgotten, so it is new again.
    expect(written(0)).toBeGreaterThan(0);
  });
});
