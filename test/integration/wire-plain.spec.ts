// Plain bodies: what Go's dq writes, reads and locks.
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Gate } from '../support/gate.js';
import { type StoredClaim, testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

const md5 = (body: Buffer | string): string => createHash('md5').update(body).digest('hex');
const nanos = (dueMs: number, below = 0): string => `${dueMs}${String(below).padStart(6, '0')}`;

/** Puts a body on every node as dq's producer does: priority 2, time to run 5 s. */
async function putAsGo(tube: string, body: string, delay = 0): Promise<void> {
  const puts = bed.cluster.nodes.map((node) =>
    bed.raw(node, (client) => client.put(body, { tube, priority: 2, ttr: 5, delay })),
  );
  await Promise.all(puts);
}

/** The lock of a Go consumer: SET key <16 random characters> NX PX. */
async function lockAsGo(key: string, ms = 3_600_500): Promise<boolean> {
  return bed.redis(async (redis) => (await redis.set(key, 'f00dFACEf00dFACE', 'PX', ms, 'NX')) === 'OK');
}

describe('plain tube', () => {
  it('writes 19 digits, a slash and the payload, the same bytes to each node, and claims the md5 of them', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] });
    const dueMs = Date.now() + 1_200;
    const handle = await app.producer(tube).at({ a: 1 }, dueMs);
    const bodies = await Promise.all(
      [0, 1, 2].map((node) =>
        bed.raw(node, async (client) => (await client.peekNext('delayed', tube))!.body.toString()),
      ),
    );
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toMatch(new RegExp(`^${dueMs}\\d{6}/\\{"a":1\\}$`));
    expect(handle.split(',').at(-1)).toBe(md5(bodies[0]!));

    app.handle(tube).start();
    const [run] = await app.runs.next();
    expect(run).toMatchObject({ data: { a: 1 }, id: md5(bodies[0]!) });
    // The digits below the millisecond count: it runs up to one millisecond later, never earlier.
    expect(run!.dueMs - dueMs).toBeGreaterThanOrEqual(0);
    expect(run!.dueMs - dueMs).toBeLessThanOrEqual(1);
    expect((await bed.claims()).map(({ key }) => key)).toEqual([md5(bodies[0]!)]);
    await bed.drained();
  });

  it('runs two jobs of equal payload and equal due millisecond', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] }).consume(tube);
    const dueMs = Date.now() + 500;
    await Promise.all([1, 2].map(() => app.producer(tube).at({ same: true }, dueMs)));
    const runs = await app.runs.next(2);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(2);
    await bed.drained();
    expect(app.runs.all).toHaveLength(2);
  });
});

describe('job of a Go producer', () => {
  it.each(['native', 'plain'] as const)(
    'is delivered once to a consumer whose tube is %s, and not early',
    async (format) => {
      const tube = bed.tube();
      const app = bed.app({ tubes: [{ name: tube, format }] }).consume(tube);
      const dueMs = Date.now() + 1_700;
      const body = `${nanos(dueMs, 123_456)}/{"a":1}`;
      await putAsGo(tube, body, 1);
      const [run] = await app.runs.next();
      expect(run).toMatchObject({ data: { a: 1 }, id: md5(body), attempt: 1, dueMs: dueMs + 1 });
      expect(run!.atMs).toBeGreaterThan(dueMs);
      await bed.drained();
      expect(app.runs.all).toHaveLength(1);
    },
  );

  it('is kept by touching it while its handler takes longer than the 5 s that dq gives', async () => {
    const tube = bed.tube();
    const work = new Gate();
    const app = bed.handling(tube, () => work.opened);
    await putAsGo(tube, `${nanos(Date.now())}/"slow"`);
    await app.runs.next();
    const sum = async (name: string): Promise<number> => {
      const stats = await Promise.all([0, 1, 2].map((node) => bed.raw(node, (client) => client.stats())));
      return stats.reduce((total, one) => total + Number(one[name]), 0);
    };
    const [touches, timeouts] = [await sum('cmd-touch'), await sum('job-timeouts')];
    // Two are held while the third rests; after three touches of each the 5 s are over for a copy that was not touched.
    await until(async () => (await sum('cmd-touch')) >= touches + 6, { timeout: 30_000 });
    const counts = await bed.copiesOnEach(tube);
    expect(counts.map(({ reserved, delayed }) => reserved + delayed)).toEqual([1, 1, 1]);
    expect(await sum('job-timeouts')).toBe(timeouts);
    work.open();
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
  });

  it('is left to the Go consumer that holds its lock, and its copies are deleted', async () => {
    const { app, tube } = bed.idle();
    const [taken, free] = [`${nanos(Date.now(), 1)}/"taken"`, `${nanos(Date.now(), 2)}/"free"`];
    expect(await lockAsGo(md5(taken))).toBe(true);
    await putAsGo(tube, taken);
    // The control: the same without a lock runs.
    await putAsGo(tube, free);
    await bed.cluster.node(2).kill();
    app.handle(tube).start();
    const claim = async (): Promise<StoredClaim | undefined> =>
      (await bed.claims()).find(({ key }) => key === md5(taken));
    // A copy on a node that is away may come back later than the hour for which Go keeps its lock.
    await until(async () => (await claim())!.ttl > 7 * 86_400_000);
    expect((await claim())!.value).toBe('f00dFACEf00dFACE');

    await bed.cluster.node(2).restart();
    expect(await bed.ran(app)).toEqual(['free']);
  });

  it('that ran here finds a Go consumer locked out', async () => {
    const { app, tube } = bed.running();
    const body = `${nanos(Date.now())}/"ours"`;
    await putAsGo(tube, body);
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
    expect(await lockAsGo(md5(body))).toBe(false);
  });
});
