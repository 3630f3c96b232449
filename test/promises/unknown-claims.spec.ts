// While a new release is rolled out, consumers of the one before meet its claims. What they do not understand they leave alone.
import { describe, expect, it, jest } from '@jest/globals';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { plainClaimKey } from '../../lib/core/claims/claim-key.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

/** Letters of a later release, known ones with a field more, and broken ones. */
const UNKNOWN = [
  'dq1:Q:1',
  'dq1:B:1767225600000',
  'dq1:K:id:1:2:3:hash:|o1',
  'dq1:',
  'dq1:R',
  'dq1:R:',
  'dq1:R:x',
  'dq1:R:1:a',
  'dq1:R:1:a:1767225600000:',
  'dq1:R:1:a:1767225600000:y1767225600001',
  'dq1:R:1:a:1767225600000:r:y1767225600001',
  'dq1:W:x:y',
  'dq1:W:1:1767225600000:-:y1767225600001',
  'dq1:D:1:a:3',
  'dq1:D:1:a:3:0:more',
  'dq1:V:0:-:3',
  'dq1:V:0:-:3:0:more',
  'dq1:V:1:a:3:0',
  'dq1:X:1:a',
  'dq1:X:1:a:3',
  'dq1:r:1:a:1',
  'dq1:RR:1:a:1',
  'dq1:\u00e9',
];

/** Waits until consumers have asked for each of these claims so often. */
async function looked(keys: readonly string[], times: number): Promise<void> {
  const claim = jest.spyOn(RedisClaimStore.prototype, 'claim');
  try {
    await until(() => {
      const asked = claim.mock.calls.flatMap(([, , requests]) => requests.map(({ key }) => key));
      return keys.every((key) => asked.filter((one) => one === key).length >= times);
    });
  } finally {
    claim.mockRestore();
  }
}

const idOf = (handle: string): string => handle.split(',').at(-1)!;

describe('a claim that is not understood', () => {
  it('keeps its job from running, and its copies where they are, until it is understood', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] }).handle(tube);
    const producer = app.producer(tube);
    const handles = await Promise.all(UNKNOWN.map((_, at) => producer.delay(at, 300)));
    const keys = handles.map((handle) => `dq:{${tube}}:${idOf(handle)}`);
    await bed.redis((redis) => Promise.all(keys.map((key, at) => redis.set(key, UNKNOWN[at]!, 'PX', 60_000))));
    app.start();
    await looked(keys, 3);
    for (const { ready, reserved, delayed } of await bed.copiesOnEach(tube))
      expect(ready + reserved + delayed).toBe(UNKNOWN.length);
    expect(app.runs.all).toEqual([]);
    const values = await bed.redis((redis) => redis.mget(...keys));
    expect(values).toEqual(UNKNOWN);
    const ends = await bed.redis((redis) => Promise.all(keys.map((key) => redis.pttl(key))));
    expect(Math.max(...ends)).toBeLessThanOrEqual(60_000);
    await bed.redis((redis) => redis.del(...keys));
    await app.runs.next(UNKNOWN.length);
    await bed.drained();
    expect(new Set(app.runs.all.map(({ data }) => data)).size).toBe(UNKNOWN.length);
  });

  it('on a plain tube does the same; what is not of this package is the lock of a Go consumer', async () => {
    const tube = { name: bed.tube(), format: 'plain' as const };
    const app = bed.app({ tubes: [tube] }).handle(tube.name);
    const producer = app.producer(tube.name);
    for (const data of ['ours', 'a lock']) await producer.delay(data, 300);
    const bodies = await bed.raw(0, async (client) => {
      const jobs = [];
      for (let id = 1; jobs.length < 2; id++) {
        const job = await client.peek(id);
        if (job !== undefined) jobs.push(job.body);
      }
      return jobs;
    });
    const [ours, lock] = ['ours', 'a lock'].map((data) => plainClaimKey(bodies.find((body) => body.includes(data))!));
    await bed.redis((redis) => redis.mset(ours!, 'dq1:Q:1', lock!, 'f00dFACEf00dFACE'));
    app.start();
    await looked([ours!], 3);
    await until(async () => (await bed.copiesOnEach(tube.name)).every(({ ready, reserved }) => ready + reserved === 1));
    expect(await bed.redis((redis) => redis.get(ours!))).toBe('dq1:Q:1');
    await bed.redis((redis) => redis.del(ours!));
    await app.runs.next();
    expect(await bed.ran(app)).toEqual(['ours']);
  });

  it('refuses the result of a run, and its renewals, and stands', async () => {
    const tube = bed.tube();
    let ends = (): void => {};
    const ended = new Promise<void>((resolve) => (ends = resolve));
    const app = bed.handling(tube, () => ended);
    const key = `dq:{${tube}}:${idOf(await app.producer(tube).delay('x', 0))}`;
    await app.runs.next();
    // Its own, with a field more.
    const running = await bed.redis((redis) => redis.get(key));
    await bed.redis((redis) => redis.set(key, `${running}:y1`, 'PX', 60_000));
    ends();
    await app.event('result-refused');
    await looked([key], 2);
    expect(await bed.redis((redis) => redis.get(key))).toBe(`${running}:y1`);
    for (const { ready, reserved, delayed } of await bed.copiesOnEach(tube)) expect(ready + reserved + delayed).toBe(1);
    await bed.redis((redis) => redis.del(key));
    await app.runs.next();
    await bed.drained();
  });

  it.each(UNKNOWN)('such as %p is not revoked: the call rejects, and no tombstone stands over it', async (value) => {
    const { producer, tube } = bed.idle();
    const handle = await producer.delay('x', '1h');
    const key = `dq:{${tube}}:${idOf(handle)}`;
    await bed.redis((redis) => redis.set(key, value, 'PX', 60_000));
    await expect(producer.revoke(handle)).rejects.toMatchObject({
      code: 'DQ_CLAIM_STORE',
      message: expect.stringMatching(/was not revoked.*Revoke it from a process of that release/s),
    });
    expect(await bed.redis((redis) => redis.get(key))).toBe(value);
    await bed.wipe();
  });

  it('leaves its dead letter buried, whatever an operator asks for', async () => {
    const { app, tube } = bed.running(
      () => {
        throw new Error('no luck');
      },
      { attempts: 1 },
    );
    const { inspector } = app.runtime;
    const ids = (await Promise.all(UNKNOWN.map((_, at) => app.producer(tube).delay(at, 0)))).map(idOf);
    await app.event('copy-buried', 3 * UNKNOWN.length);
    const keys = ids.map((id) => `dq:{${tube}}:${id}`);
    const dead = await bed.redis((redis) => redis.mget(...keys));
    await bed.redis((redis) => Promise.all(keys.map((key, at) => redis.set(key, UNKNOWN[at]!, 'PX', 60_000))));
    expect(await inspector.dead(tube)).toEqual([]);
    expect(await inspector.retry(tube, ids[0]!)).toBe(false);
    expect(await inspector.delete(tube, ids[1]!)).toBe(false);
    expect(await inspector.retryAll(tube, { mayHaveRun: true })).toBe(0);
    expect(await inspector.deleteAll(tube)).toBe(0);
    for (const { buried } of await bed.copiesOnEach(tube)) expect(buried).toBe(UNKNOWN.length);
    expect(await bed.redis((redis) => redis.mget(...keys))).toEqual(UNKNOWN);
    // The control: what is understood again is a dead letter again.
    await bed.redis((redis) => Promise.all(keys.map((key, at) => redis.set(key, dead[at]!, 'PX', 60_000))));
    expect(await inspector.dead(tube)).toHaveLength(UNKNOWN.length);
    expect(await inspector.deleteAll(tube)).toBe(UNKNOWN.length);
    await bed.drained();
  });

  it('keeps its id taken, as does an admission that is not understood', async () => {
    const { producer } = bed.idle();
    await producer.delay('x', '1h', { id: 'order-1' });
    const admission = (await bed.claims()).find(({ key }) => key.endsWith('order-1#'))!;
    const generation = admission.value.split(':')[2]!;
    await bed.redis((redis) => redis.set(`${admission.key}${generation}`, 'dq1:Q:1', 'PX', 60_000));
    const again = () => producer.delay('x', '1h', { id: 'order-1' });
    await expect(again()).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID' });
    for (const value of ['dq1:Q:1', `${admission.value}:more`, `${admission.value}:9`, 'dq1:S', 'dq1:F:1']) {
      await bed.redis((redis) => redis.set(admission.key, value, 'PX', 60_000));
      await expect(again()).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID' });
      expect(await bed.redis((redis) => redis.get(admission.key))).toBe(value);
    }
    await bed.wipe();
  });
});
