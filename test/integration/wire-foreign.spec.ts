// Bodies that are no jobs: they are put aside with a reason, and never deleted.
import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';

const bed = testBed();

const nanos = `${Date.now()}000000`;
const foreign: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['text', 'hello', /due time/],
  ['an empty body', '', /empty body/],
  ['zero bytes', Buffer.alloc(64), /zero bytes/],
  ['a negative time', '-1/{"a":1}', /due time/],
  ['a time of twenty digits', '17000000000000000000/{"a":1}', /due time/],
  ['a marker and no header line', `${nanos}/\u0001{"v":1,"id":"a","n":3}`, /end of line/],
  ['a header that is no JSON', `${nanos}/\u0001{"v":1,\n{}`, /JSON/],
  ['an unknown version', `${nanos}/\u0001{"v":3,"id":"a","n":3}\n{}`, /version 1 or 2/],
  ['a header without id', `${nanos}/\u0001{"v":1,"n":3}\n{}`, /id/],
  ['an id with a slash', `${nanos}/\u0001{"v":1,"id":"a/b","n":3}\n{}`, /id/],
  ['no number of copies', `${nanos}/\u0001{"v":1,"id":"a"}\n{}`, /copies/],
  [
    'a backoff that is none',
    `${nanos}/\u0001{"v":1,"id":"a","n":3,"backoff":{"type":"fixed","delayMs":-1}}\n{}`,
    /backoff/,
  ],
  ['attempts that are no number', `${nanos}/\u0001{"v":1,"id":"a","n":3,"attempts":"9"}\n{}`, /attempts/],
];

describe('a body that is no job', () => {
  it.each(foreign)('is buried: %s', async (_what, body, reason) => {
    const { app, tube } = bed.running();
    const number = await bed.raw(1, (client) => client.put(body, { tube }));
    const buried = await app.event('copy-buried');
    expect(buried).toMatchObject({ tube, node: bed.cluster.node(1).endpoint, number });
    expect(buried.reason).toMatch(reason);
    await bed.raw(1, async (client) => {
      expect((await client.peekNext('buried', tube))!.body).toEqual(Buffer.from(body));
    });
    expect(await bed.claims()).toEqual([]);

    // It does not stand in the way of others.
    await app.producer(tube).delay('fine', 0);
    expect((await app.runs.next())[0]!.data).toBe('fine');
    await bed.wipe();
  });

  it('never shows its bytes in an event', async () => {
    const { app, tube } = bed.running();
    await bed.raw(0, (client) => client.put('card 4111 1111 1111 1111', { tube }));
    await app.event('copy-buried');
    expect(JSON.stringify(app.events)).not.toContain('4111');
    await bed.wipe();
  });

  it('is buried again when an operator kicks it', async () => {
    const { app, tube } = bed.running();
    await bed.raw(0, (client) => client.put('hello', { tube }));
    await app.event('copy-buried');
    expect(await bed.raw(0, (client) => client.kick(tube, 10))).toBe(1);
    await app.event('copy-buried', 2);
    expect((await bed.copies(0, tube)).buried).toBe(1);
    await bed.wipe();
  });
});

describe('a job that this consumer cannot run', () => {
  it('becomes a dead letter on all its nodes when its payload cannot be decoded', async () => {
    const { app, tube } = bed.running();
    const body = `${nanos}/not json`;
    for (const node of bed.cluster.nodes) await bed.raw(node, (client) => client.put(body, { tube }));
    await app.event('copy-buried', 3);
    expect(app.eventsOf('job-dead')).toHaveLength(1);
    expect(app.eventsOf('job-dead')[0]).toMatchObject({ tube, attempt: 1, reason: expect.stringContaining('decoded') });
    expect(app.runs.all).toEqual([]);
    for (const node of bed.cluster.nodes) expect((await bed.copies(node, tube)).buried).toBe(1);
    await bed.wipe();
  });

  it('is buried as expired when it turns up later than the retention, and its claim is gone', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], retention: '2s' }).consume(tube);
    const put = async (ageMs: number, name: string): Promise<void> => {
      const body = `${Date.now() - ageMs}000000/${JSON.stringify(name)}`;
      await bed.raw(0, (client) => client.put(body, { tube }));
    };
    await put(60_000, 'late');
    // The control: late, but within the retention.
    await put(100, 'soon');
    expect((await app.runs.next())[0]!.data).toBe('soon');
    expect((await app.event('copy-buried')).reason).toContain('retention');
    expect((await bed.copies(0, tube)).buried).toBe(1);
    expect(app.runs.all).toHaveLength(1);
    await bed.wipe();
  });
});

describe('a body that is larger than this process takes', () => {
  const generous = testBed({ nodeArgs: ['-z', '4000000'] });

  it('is buried, and does not stand in the way of those behind it', async () => {
    const tube = generous.tube();
    const app = generous.app({ tubes: [tube] });
    const number = await generous.raw(1, (client) => client.put(Buffer.alloc(3_000_000, 'x'), { tube }));
    await app.producer(tube).delay('behind it', 0);
    app.handle(tube).start();
    expect(await app.event('copy-buried')).toMatchObject({ number, reason: expect.stringContaining('larger') });
    expect((await app.runs.next())[0]!.data).toBe('behind it');
    expect(app.events.map(({ type }) => type)).not.toContain('node-lost');
    await generous.wipe();
  });
});

describe('a body without a due time that carries the id of a job', () => {
  it('is buried too, although the job has just ended here: it is no copy of it', async () => {
    const { app, tube } = bed.running();
    const handle = await app.producer(tube).delay('x', 0);
    await app.runs.next();
    await bed.drained();
    const id = handle.split(',').at(-1)!;
    await bed.raw(1, (client) => client.put(`not-a-due-time-here/\u0001{"v":1,"id":"${id}","n":3}\n"x"`, { tube }));
    expect((await app.event('copy-buried')).reason).toMatch(/due time/);
    expect(await bed.copies(1, tube)).toMatchObject({ buried: 1 });
    await bed.wipe();
  });
});
