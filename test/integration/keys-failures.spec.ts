// What stands under a key when something dies: every key runs its last word, once.
import { describe, expect, it, jest } from '@jest/globals';
import { DqClaimStoreError, DqConnectionError } from '../../lib/core/errors/connection.errors.js';
import { DqQuorumError } from '../../lib/core/errors/quorum.error.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import type { App } from '../support/app.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

/** A consumer that meets a call which nobody has committed for so long commits it. */
const STALE_MS = 10_000;

/** The calls that have been reserved, and neither committed nor given up. */
async function beingWritten(): Promise<readonly string[]> {
  return (await bed.claims()).filter(({ value }) => value.startsWith('dq1:B:')).map(({ key }) => key);
}

const dataOf = (app: App): string[] => app.runs.all.map(({ data }) => data as string);

describe('a producer that is killed', () => {
  it('after it has reserved, leaves what stood', async () => {
    const { app, tube } = bed.idle();
    const proxies = await Promise.all(bed.cluster.nodes.map((node) => bed.proxy(node)));
    const producer = await bed.producing(tube, { beanstalks: proxies.map(({ endpoint }) => endpoint) });
    const one = await app.producer(tube).upsert('k', 'one', { delay: 3_000 });
    // Its copies get to no node.
    for (const proxy of proxies) proxy.blackHole();
    producer.upsert({ tube, keys: ['k'], rounds: 1, delay: 3_000, name: 'two' });
    await until(async () => (await beingWritten()).length === 1);
    await producer.kill();
    expect(await app.producer(tube).find('k')).toMatchObject({ id: one.id, state: 'scheduled' });
    app.handle(tube).start();
    expect((await app.runs.next())[0]).toMatchObject({ id: one.id, data: 'one' });
    expect(await bed.ran(app)).toEqual(['one']);
  });

  it('after its copies, before they are committed, is made up for when they come due: it replaces, and runs once', async () => {
    const { app, tube } = bed.idle();
    const proxies = await Promise.all(bed.cluster.nodes.map((node) => bed.proxy(node)));
    const producer = await bed.producing(tube, { beanstalks: proxies.map(({ endpoint }) => endpoint) });
    producer.upsert({ tube, keys: ['warm'], rounds: 1, delay: 0, name: 'warm' });
    await producer.round('warm', 1);
    const one = await app.producer(tube).upsert('k', 'one', { delay: 3_600_000 });
    const copies = async (): Promise<number> =>
      (await bed.copiesOnEach(tube)).reduce((sum, { ready, delayed }) => sum + ready + delayed, 0);
    const before = await copies();
    // Nodes take its jobs, and it does not hear of that.
    for (const proxy of proxies) proxy.partition('toClient');
    producer.upsert({ tube, keys: ['k', 'alone'], rounds: 1, delay: 500, name: 'two' });
    await until(async () => (await copies()) === before + 6);
    await producer.kill();
    expect(await beingWritten()).toHaveLength(2);
    expect(await app.producer(tube).find('k')).toMatchObject({ id: one.id });
    const others = [bed.handling(tube), bed.handling(tube)];
    await until(() => others.flatMap(dataOf).length === 3, { timeout: STALE_MS + 10_000 });
    expect(others.flatMap(dataOf)).toEqual(expect.arrayContaining(['warm 1', 'two 1', 'two 1']));
    expect(await app.producer(tube).status(one.handle)).toMatchObject({ state: 'revoked' });
    await until(async () => (await app.producer(tube).find('k')) === undefined);
    // Nobody has deleted the copies of the one that was replaced. They would go when they come up, in an hour.
    await app.producer(tube).revoke(one.handle);
    await bed.drained();
    expect(others.flatMap(dataOf)).toHaveLength(3);
  }, 60_000);
});

describe('a call with a key', () => {
  it('that meets too few nodes leaves what stood, and may be repeated', async () => {
    const { app, producer, tube } = bed.idle({ commandDeadline: 500 });
    const one = await producer.upsert('k', 'one', { delay: 2_500 });
    await Promise.all([bed.cluster.node(0).pause(), bed.cluster.node(1).pause()]);
    await expect(producer.upsert('k', 'two', { delay: 100 })).rejects.toThrow(DqQuorumError);
    expect(await producer.find('k')).toMatchObject({ id: one.id, dueAt: one.dueAt });
    expect(await beingWritten()).toEqual([]);
    await expect(producer.upsert('new', 'new', { delay: 100 })).rejects.toThrow(DqQuorumError);
    expect(await producer.find('new')).toBeUndefined();
    // Nothing is left of a key under which nothing came to stand.
    expect((await bed.claims()).filter(({ key }) => key.endsWith('@new'))).toEqual([]);
    bed.cluster.node(0).resume();
    bed.cluster.node(1).resume();
    app.handle(tube).start();
    await app.runs.next();
    expect(await bed.ran(app)).toEqual(['one']);
  });

  it('without Redis changes nothing, and says so; a job without a key is taken', async () => {
    const { app, producer, tube } = bed.idle({ commandDeadline: 500 });
    const one = await producer.upsert('k', 'one', { delay: 3_000 });
    await bed.cluster.redis.kill();
    const calls = [
      producer.delay('two', 0, { key: 'k' }),
      producer.cancel('k'),
      producer.reschedule('k', { delay: '1h' }),
      producer.find('k'),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(DqClaimStoreError);
    await producer.delay('control', 0);
    await bed.cluster.redis.restart();
    app.handle(tube).start();
    await app.runs.next(2);
    await bed.drained();
    expect(new Set(dataOf(app))).toEqual(new Set(['one', 'control']));
    expect(app.runs.all.map(({ id }) => id)).toContain(one.id);
  });

  it('whose commit is not answered says that one of the two stands; asked again, the call says which', async () => {
    const tube = bed.tube();
    const proxy = await bed.proxy(bed.cluster.redis);
    const redis = `redis://127.0.0.1:${proxy.port}`;
    const app = bed.app({ tubes: [tube], commandDeadline: 1_500, redis });
    const producer = app.producer(tube);
    await producer.delay('warm', 0, { key: 'warm' });
    await producer.cancel('warm');
    await Promise.all(bed.cluster.nodes.map((node) => node.pause()));
    const call = producer.upsert('k', 'one', { delay: 4_000 });
    call.catch(() => undefined);
    await until(async () => (await beingWritten()).length === 1);
    proxy.partition('toClient');
    bed.cluster.nodes.forEach((node) => node.resume());
    const error = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DqClaimStoreError);
    expect(String(error)).toContain('a job that had the key before, and is due sooner, runs then');
    proxy.pass();
    const again = await until(() => producer.upsert('k', 'one', { delay: 4_000 }).catch(() => undefined));
    expect(['postponed', 'kept', 'replaced', 'scheduled']).toContain(again.outcome);
    expect(await until(() => producer.find('k').catch(() => undefined))).toMatchObject({ id: again.id });
    const consumer = bed.handling(tube);
    const [run] = await consumer.runs.next();
    await bed.drained();
    expect(run).toMatchObject({ id: again.id, data: 'one' });
    expect(consumer.runs.all).toHaveLength(1);
  });

  it('of which a later release wrote the slot is refused alone, and its uncommitted job holds up no other', async () => {
    const { app, producer, tube } = bed.idle();
    const { id } = await producer.upsert('later', 'later', { delay: 0 });
    const ago = Date.now() - 60_000;
    await bed.redis(async (redis) => {
      await redis.set(`dq:{${tube}}@later`, 'dq1:K:later', 'PX', 60_000);
      await redis.set(`dq:{${tube}}:${id}`, `dq1:B:${ago}000:r:${ago}:${ago}:hash`, 'PX', 60_000);
    });
    const calls = ['one', 'later', 'two'].map((key) => producer.upsert(key, key, { delay: 0 }));
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(calls[1]).rejects.toThrow(DqClaimStoreError);
    app.handle(tube).start();
    await app.runs.next(2);
    // A store that was taken to be away would be asked each time whether it is there.
    const ping = jest.spyOn(RedisClaimStore.prototype, 'ping');
    const commit = jest.spyOn(RedisClaimStore.prototype, 'commitKeys');
    await until(() => commit.mock.calls.length >= 4);
    expect(ping.mock.calls.length).toBeLessThan(commit.mock.calls.length - 1);
    jest.restoreAllMocks();
    expect(dataOf(app).toSorted()).toEqual(['one', 'two']);
    await bed.redis((redis) => redis.del(`dq:{${tube}}@later`));
    await app.runs.next();
    await bed.drained();
  });

  it('to run earlier needs a node that shows the job: without one nothing is changed', async () => {
    const { producer } = bed.idle({ commandDeadline: 500 });
    const one = await producer.upsert('k', 'one', { delay: '1h' });
    await Promise.all(bed.cluster.nodes.map((node) => node.kill()));
    await expect(producer.reschedule('k', { delay: 0 })).rejects.toThrow(DqConnectionError);
    expect(await producer.find('k')).toMatchObject({ id: one.id, dueAt: one.dueAt });
    expect(await producer.cancel('k')).toBe('cancelled');
    await bed.heal();
    await bed.wipe();
  });

  it('after Redis has lost all: jobs are not lost, the key is not known, and a handle still revokes', async () => {
    const { app, producer, tube } = bed.idle();
    const one = await producer.upsert('one', 'one', { delay: 1_000 });
    const two = await producer.upsert('two', 'two', { delay: 1_000 });
    await bed.redis((redis) => redis.flushall());
    expect(await producer.find('one')).toBeUndefined();
    expect(await producer.cancel('one')).toBe('none');
    expect(await producer.revoke(two.handle)).toBe('revoked');
    app.handle(tube).start();
    expect((await app.runs.next())[0]).toMatchObject({ id: one.id, data: 'one' });
    expect(await bed.ran(app)).toEqual(['one']);
  });
});

describe('a node that is away while keys change', () => {
  const KEYS = Array.from({ length: 20 }, (_, at) => at);

  /** Sixty jobs of which the first node has copies; twenty are cancelled, replaced and postponed while it is away. */
  async function changedWhileAway(tube: string): Promise<App> {
    const app = bed.app({ tubes: [tube], commandDeadline: 1_000 });
    const producer = app.producer(tube);
    const all = ['cancelled', 'replaced', 'postponed'].flatMap((what) => KEYS.map((at) => `${what} ${at}`));
    await Promise.all(all.map((key) => producer.upsert(key, `old ${key}`, { delay: 3_000 })));
    await bed.cluster.node(0).kill();
    await Promise.all(
      KEYS.map(async (at) => {
        expect(await producer.cancel(`cancelled ${at}`)).toBe('cancelled');
        const { outcome } = await producer.upsert(`replaced ${at}`, `new replaced ${at}`, { delay: 4_000 });
        expect(outcome).toBe('replaced');
        expect(await producer.reschedule(`postponed ${at}`, { delay: 4_000 })).toBe('rescheduled');
      }),
    );
    return app;
  }

  it('and comes back with its old copies: every key runs its last word once, none that was cancelled', async () => {
    const tube = bed.tube();
    const app = await changedWhileAway(tube);
    await bed.cluster.node(0).restart();
    app.handle(tube).start();
    await app.runs.next(2 * KEYS.length);
    await bed.drained();
    const expected = KEYS.flatMap((at) => [`new replaced ${at}`, `old postponed ${at}`]);
    expect(dataOf(app).toSorted()).toEqual(expected.toSorted());
    for (const { atMs, dueMs } of app.runs.all) expect(atMs).toBeGreaterThanOrEqual(dueMs);
  }, 60_000);

  it('would run what was cancelled and replaced without their tombstones: the control', async () => {
    const tube = bed.tube();
    const app = await changedWhileAway(tube);
    const tombstones = (await bed.claims()).filter(({ value }) => value.startsWith('dq1:V:'));
    expect(tombstones).toHaveLength(2 * KEYS.length);
    await bed.redis((redis) => redis.del(tombstones.map(({ key }) => key)));
    await bed.cluster.node(0).restart();
    app.handle(tube).start();
    await app.runs.next(4 * KEYS.length);
    expect(await bed.ran(app)).toEqual(expect.arrayContaining(['old cancelled 0', 'old replaced 0']));
  }, 60_000);
});
