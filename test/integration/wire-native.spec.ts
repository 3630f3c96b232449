// What a native job looks like on a node and in Redis, seen from outside.
import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

/** Due time, marker, header, payload. */
// oxlint-disable-next-line no-control-regex -- the marker is one
const NATIVE = /^(\d{19})\/\u0001(\{.*\})\n([^]*)$/;

describe('native job on the wire', () => {
  it('is the due time, a marker, one line of header, and the payload', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    const dueMs = Date.now() + 60_000;
    await app.producer(tube).at({ a: 1 }, dueMs, { id: 'order-7', attempts: 2, headers: { traceparent: '00-1' } });

    for (const node of [0, 1, 2]) {
      const job = await bed.raw(node, (client) => client.peekNext('delayed', tube));
      const [, nanos, header, payload] = NATIVE.exec(job!.body.toString()) ?? [];
      expect(nanos).toBe(`${dueMs}000000`);
      expect(JSON.parse(header!)).toMatchObject({
        v: 1,
        id: 'order-7',
        n: 3,
        attempts: 2,
        headers: { traceparent: '00-1' },
      });
      expect(payload).toBe('{"a":1}');
    }
    await bed.wipe();
  });

  it('gets a handle of three copies and its id, each copy where the handle says', async () => {
    const tube = bed.tube();
    const producer = bed.app({ tubes: [tube] }).producer(tube);
    const handle = await bed.naming(() => producer.delay('here', '1m', { id: 'mine' }));
    const parts = handle.split(',');
    expect(parts).toHaveLength(4);
    expect(parts.pop()).toBe('mine');

    const places = parts.map((part) => part.split('/'));
    expect(places.map(([endpoint = '']) => endpoint).toSorted()).toEqual(bed.cluster.endpoints.toSorted());
    for (const [endpoint, inTube, number] of places) {
      const node = bed.cluster.nodes.find((candidate) => candidate.endpoint === endpoint)!;
      expect(inTube).toBe(tube);
      expect((await bed.raw(node, (client) => client.peek(Number(number))))?.body.toString()).toMatch(/"here"$/);
    }
    await bed.wipe();
  });

  it('is put with whole seconds rounded down, the time to run, and the due second below the band, spares behind it', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, ttr: '7s' }] });
    const dueMs = Math.floor(Date.now() / 1000) * 1000 + 61_999;
    await app.producer(tube).at('x', dueMs, { priority: 'low' });
    const fields: number[] = [];
    for (const node of [0, 1, 2]) {
      await bed.raw(node, async (client) => {
        const job = await client.peekNext('delayed', tube);
        const stats = await client.statsJob(job!.id);
        expect(stats).toMatchObject({ ttr: '7', state: 'delayed' });
        expect(['60', '61']).toContain(stats!['delay']);
        fields.push(Number(stats!['pri']));
      });
    }
    const first = 2 * 2 ** 30 + Math.floor(dueMs / 1000) - Date.UTC(2020, 0, 1) / 1000;
    expect(fields.toSorted((one, other) => one - other)).toEqual([first, first + 4, first + 8]);
    await bed.wipe();
  });

  it('is handed to the handler with all that was scheduled', async () => {
    const tube = bed.tube();
    const seen: unknown[] = [];
    const app = bed.app({ tubes: [tube] }).handle(tube, (data, job) => {
      seen.push([data, job.id, job.tube, job.dueAt.getTime(), job.attempt, job.attempts, job.headers]);
    });
    const dueMs = Date.now() + 300;
    const producer = app.start().producer(tube);
    await producer.at({ grüße: ['á', null] }, dueMs, { id: 'x', attempts: 4, headers: { a: 'b' } });
    await producer.at(Buffer.from([0, 13, 10, 255]), dueMs, { id: 'y' });
    await app.runs.next(2);
    expect(seen).toContainEqual([{ grüße: ['á', null] }, 'x', tube, dueMs, 1, 4, { a: 'b' }]);
    expect(seen).toContainEqual([Buffer.from([0, 13, 10, 255]), 'y', tube, dueMs, 1, 5, {}]);
  });

  it('runs beside another of equal payload and equal due millisecond', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    const dueMs = Date.now() + 500;
    await Promise.all([1, 2].map(() => app.producer(tube).at({ same: true }, dueMs)));
    const runs = await app.runs.next(2);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(2);
    expect(runs.map(({ data }) => data)).toEqual([{ same: true }, { same: true }]);
    await bed.drained();
    expect(app.runs.all).toHaveLength(2);
  });

  it('leaves a claim named by tube and id that ends after an hour once its copies are gone', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    const id = (await app.producer(tube).delay('x', 0)).split(',').at(-1);
    await bed.drained();
    const [claim] = await until(async () => {
      const claims = await bed.claims();
      return claims.some(({ value, ttl }) => value.startsWith('dq1:D:1:') && ttl <= 3_600_000) ? claims : undefined;
    });
    expect(claim!.key).toBe(`dq:{${tube}}:${id}`);
    expect(claim!.ttl).toBeGreaterThan(3_500_000);
  });

  it('keeps its claim for the retention while a copy is out', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], retention: '2d' });
    await app.producer(tube).delay('x', 0);
    await bed.cluster.node(1).kill();
    app.handle(tube).start();
    await app.runs.next();
    const [claim] = await until(async () => {
      const claims = await bed.claims();
      return claims.some(({ value }) => /^dq1:D:1:[^:]+:3:2$/.test(value)) ? claims : undefined;
    });
    expect(claim!.ttl).toBeGreaterThan(2 * 86_400_000);
    expect(claim!.ttl).toBeLessThanOrEqual(2 * 86_400_000 + 3_600_000);

    await bed.cluster.node(1).restart();
    await bed.drained();
    await until(async () => (await bed.claims()).every(({ ttl }) => ttl <= 3_600_000));
    expect(app.runs.all).toHaveLength(1);
  });
});
