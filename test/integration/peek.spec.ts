import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';

const bed = testBed();

describe('peek', () => {
  it('shows what is in a job and where its copies are, and changes nothing', async () => {
    const { app, tube } = bed.idle();
    const options = { key: 'order 42', headers: { traceparent: '00-1' }, attempts: 2 };
    const handle = await bed.naming(() => app.runtime.producer(tube).delay({ a: 1 }, '1h', options));
    const { copies, job, ...rest } = await app.runtime.inspector.peek(handle);
    expect(rest).toEqual({ tube });
    expect(copies.map(({ node }) => node).toSorted()).toEqual(bed.cluster.endpoints.toSorted());
    expect(copies.map(({ state }) => state)).toEqual(['scheduled', 'scheduled', 'scheduled']);
    expect(job).toEqual({
      id: handle.split(',').at(-1),
      format: 'native',
      dueAt: expect.any(Date),
      key: 'order 42',
      headers: { traceparent: '00-1' },
      attempts: 2,
      schedule: undefined,
      payload: Buffer.from('{"a":1}'),
      raw: false,
    });
    expect(await app.runtime.inspector.peek(handle)).toEqual({ tube, copies, job });
    expect(await app.runtime.inspector.status(handle)).toMatchObject({ state: 'scheduled' });
    expect(await app.runtime.producer(tube).revoke(handle)).toBe('revoked');
    const gone = await app.runtime.inspector.peek(handle);
    expect(gone).toEqual({
      tube,
      copies: copies.map(({ node, number }) => ({ node, number, state: 'gone' })),
      job: undefined,
    });
    expect(await app.runtime.inspector.status(handle)).toEqual({ state: 'revoked' });
  });

  it('knows nothing of a copy on a node that hangs, and says so in time', async () => {
    const { app, tube } = bed.idle();
    const handle = await bed.naming(() => app.runtime.producer(tube).delay('x', '1h'));
    await bed.cluster.node(1).pause();
    const { copies, job } = await app.runtime.inspector.peek(handle, { deadline: 1_000 });
    const states = new Map(copies.map(({ node, state }) => [node, state]));
    expect(bed.cluster.endpoints.map((node) => states.get(node))).toEqual(['scheduled', 'unknown', 'scheduled']);
    expect(job?.payload.toString()).toBe('"x"');
    expect(await app.runtime.inspector.tubes({ deadline: 1_000 })).toEqual({
      names: expect.arrayContaining([tube]),
      silent: [bed.cluster.endpoints[1]],
    });
    bed.cluster.node(1).resume();
    await app.runtime.producer(tube).revoke(handle);
  });

  it('takes a number that a restarted node gave to another job for gone', async () => {
    const { app, tube } = bed.idle();
    const other = await bed.naming(() => app.runtime.producer(tube).delay('other', '1h'));
    const handle = await app.runtime.producer(tube).delay('mine', '1h');
    // The numbers of the other job, with this one's id.
    const mixed = [...other.split(',').slice(0, -1), handle.split(',').at(-1)].join(',');
    const { copies, job } = await app.runtime.inspector.peek(mixed);
    expect({ states: copies.map(({ state }) => state), job }).toEqual({
      states: ['gone', 'gone', 'gone'],
      job: undefined,
    });
    await Promise.all([handle, other].map((one) => app.runtime.producer(tube).revoke(one)));
  });
});
