// A backlog that three nodes have the same copies of, under a clock that stands still unless the test moves it.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DqAgain } from '../../../lib/core/consumer/outcome.js';
import { Gate } from '../../support/gate.js';
import { ConsumerBed, ids } from './consumer-bed.js';

/** Twelve times what a consumer holds: enough that this does not count. */
const JOBS = 3_000;
const CONCURRENCY = 10;
const HANDLER_MS = 1;

let bed: ConsumerBed;
/** Long jobs end when it opens. */
let gate: Gate;
let onRun: (id: string) => void;
/** When each run began. */
let begunAt: number[];
/** What happens when half of the jobs have run. */
let halfway: () => void;
beforeEach(() => {
  halfway = () => undefined;
  onRun = () => undefined;
  gate = new Gate();
  begunAt = [];
  bed = new ConsumerBed(CONCURRENCY, handle);
});
afterEach(async () => {
  gate.open();
  await bed.close();
  jest.restoreAllMocks();
});

async function handle(id: string): Promise<unknown> {
  if (bed.ran.length === JOBS / 2) halfway();
  onRun(id);
  begunAt.push(bed.clock.monotonic());
  if (id.startsWith('long')) await gate.opened;
  else await new Promise<void>((resolve) => void bed.clock.after(HANDLER_MS, resolve));
  return id.startsWith('again') ? new DqAgain(50) : undefined;
}

async function run(ms = 3_000): Promise<void> {
  bed.consumer.start();
  await bed.clock.advance(ms);
}

/** How many copies the nodes have given for each job when half of the jobs have run. */
async function copiesForEach(spares: boolean): Promise<number> {
  let waiting: number[] = [];
  halfway = () => (waiting = bed.waiting);
  await bed.put(ids(JOBS), [0, 1, 2], { spares });
  await run();
  return waiting.reduce((given, left) => given + JOBS - left, 0) / (JOBS / 2);
}

describe('in the middle of a backlog', () => {
  it('the nodes have given first copies, each of another job, and keep the spares for later', async () => {
    expect(await copiesForEach(true)).toBeLessThan(1.25);
  });

  it('they would have given the same jobs if no copy were first (control)', async () => {
    expect(await copiesForEach(false)).toBeGreaterThan(1.75);
  });
});

describe('a job that not every node has', () => {
  it('begins while jobs that run again and again keep every slot', async () => {
    await bed.put(ids(60 * CONCURRENCY, 'again'));
    await run(500);
    await bed.put(ids(20, 'only'), [1, 2]);
    await bed.clock.advance(2_000);
    expect(bed.ran.filter((id) => id.startsWith('only'))).toHaveLength(20);
  });

  it('begins before all that is less urgent, also when there are many of them', async () => {
    const urgent = JOBS / 2;
    let last = 0;
    onRun = (id) => {
      if (id.startsWith('urgent')) last = bed.ran.length;
    };
    halfway = () => void bed.put(ids(urgent, 'urgent'), [1, 2], { priority: 'high' });
    await bed.put(ids(3 * JOBS));
    await run(5_000);
    expect(bed.ran).toHaveLength(3 * JOBS + urgent);
    // Two nodes give them while the third gives others.
    expect(last).toBeLessThan(JOBS / 2 + 3 * urgent);
  });

  it('begins while bursts come one after the other, each of which takes all slots for a moment', async () => {
    const [every, burst] = [45, 4 * CONCURRENCY];
    let [putAt, waited] = [0, Infinity];
    onRun = (id) => {
      if (id === 'only') waited = bed.clock.monotonic() - putAt;
    };
    for (let at = 0; at < 40; at++) bed.clock.after(at * every, () => void bed.put(ids(burst, `burst-${at}`)));
    bed.clock.after(10 * every + 1, () => {
      putAt = bed.clock.monotonic();
      void bed.put(['only'], [1, 2]);
    });
    await run();
    expect(waited).toBeLessThan(every);
  });

  it('does not wait for all that was met when it is more urgent', async () => {
    // As many as one slot runs in a second; long jobs have the others.
    const few = ids(1_000);
    let [putAt, waited] = [0, Infinity];
    onRun = (id) => {
      if (id === 'urgent') waited = bed.clock.monotonic() - putAt;
      if (bed.ran.length !== few.length / 4) return;
      putAt = bed.clock.monotonic();
      void bed.put(['urgent'], [1, 2], { priority: 'high' });
    };
    await bed.put(ids(CONCURRENCY - 1, 'long'));
    await bed.put(few);
    await run();
    expect(waited).toBeLessThan(300);
  });
});

/** How long no job began, at most, between the first and the last. */
function longestPause(): number {
  return Math.max(...begunAt.slice(1).map((at, job) => at - (begunAt[job] as number)));
}

describe('when a node falls silent', () => {
  it.each([200, 329])('the slots do not stay empty (after %i ms)', async (ms) => {
    await bed.put(ids(2 * JOBS));
    bed.clock.after(ms, () => bed.nodes[0]!.hang());
    await run(9_000);
    expect(new Set(bed.ran)).toEqual(new Set(ids(2 * JOBS)));
    expect(longestPause()).toBeLessThan(100);
  });

  it('all jobs run from the others, long before it is given up', async () => {
    await bed.put(ids(2 * JOBS));
    halfway = () => bed.nodes[0]!.hang();
    await run(2_000);
    expect(bed.ran).toHaveLength(2 * JOBS);
  });

  it('again and again, they run as well', async () => {
    const [every, silent] = [110, 100];
    await bed.close();
    bed = new ConsumerBed(5 * CONCURRENCY, handle);
    await bed.put(ids(4 * JOBS));
    for (let at = 200; at < 3_000; at += every) {
      bed.clock.after(at, () => bed.nodes[0]!.hang());
      bed.clock.after(at + silent, () => bed.nodes[0]!.resume());
    }
    await run(1_200);
    expect(bed.ran).toHaveLength(4 * JOBS);
  });
});

describe('at the end of a backlog', () => {
  it('every job ran once, and no copy is left', async () => {
    await bed.put(ids(JOBS));
    await run();
    expect(bed.ran).toHaveLength(JOBS);
    expect(new Set(bed.ran)).toEqual(new Set(ids(JOBS)));
    expect(bed.left).toEqual([0, 0, 0]);
  });

  it.each([0, 1, 2])('so it is when node %i is killed in the middle', async (dies) => {
    halfway = () => bed.nodes[dies]!.kill();
    await bed.put(ids(JOBS));
    await run();
    expect(bed.ran).toHaveLength(JOBS);
    expect(new Set(bed.ran)).toEqual(new Set(ids(JOBS)));
    expect(longestPause()).toBeLessThan(25);
  });

  it.each([0, 1, 2])('so it is when node %i falls silent: nobody waits for it', async (silent) => {
    halfway = () => bed.nodes[silent]!.hang();
    await bed.put(ids(JOBS));
    await run();
    expect(new Set(bed.ran)).toEqual(new Set(ids(JOBS)));
    bed.nodes[silent]!.resume();
    await run();
    expect(bed.ran).toHaveLength(JOBS);
    expect(bed.left).toEqual([0, 0, 0]);
  });

  it('so it is when a node falls silent while long jobs have half of the slots', async () => {
    halfway = () => bed.nodes[0]!.hang();
    const long = ids(CONCURRENCY / 2, 'long');
    await bed.put(long);
    await bed.put(ids(JOBS));
    await run();
    expect(new Set(bed.ran)).toEqual(new Set([...long, ...ids(JOBS)]));
  });

  it('jobs ran that had copies on one of the nodes only, whichever it was', async () => {
    for (const node of [0, 1, 2]) await bed.put(ids(JOBS / 4, `first-${node}`), [node]);
    await bed.put(ids(JOBS));
    for (const node of [0, 1, 2]) await bed.put(ids(JOBS / 4, `last-${node}`), [node]);
    await run();
    expect(bed.ran).toHaveLength(JOBS + 6 * (JOBS / 4));
    expect(new Set(bed.ran).size).toBe(bed.ran.length);
    expect(bed.left).toEqual([0, 0, 0]);
  });
});
