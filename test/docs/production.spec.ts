// What the guide for production says in numbers and in commands.
import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { ScheduleClaims } from '../../lib/core/claims/schedule-claims.js';
import { SCRIPTS } from '../../lib/core/redis/script-table.js';
import type { App } from '../support/app.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { codeBlocks, read } from './markdown.js';

const GUIDE = read('docs/guides/ready-for-production.md');
/** In the order of the list below them. */
const [EVERYBODY = '', HISTORY = '', RECURRING = ''] = (codeBlocks(GUIDE, '')[0] ?? '')
  .split('\n')
  .map((line) => line.replace('ACL SETUSER shop ', ''));
/** What this package asks of Redis without a script. */
const BY_ITSELF = ['evalsha', 'eval', 'get', 'info', 'time', 'xrevrange', 'hget', 'hscan', 'hmget'];

const bed = testBed();

describe('connections', () => {
  const toEachNode = (): Promise<number[]> =>
    Promise.all(
      bed.cluster.nodes.map((node) =>
        bed.raw(node, async (client) => Number((await client.stats())['current-connections']) - 1),
      ),
    );
  const toRedis = (): Promise<number> =>
    bed.redis(
      async (redis) =>
        String(await redis.client('LIST'))
          .trim()
          .split('\n').length - 1,
    );

  it('to each node are one, and one for each tube that is handled; to Redis, one', async () => {
    const tubes = [bed.tube(), bed.tube(), bed.tube()];
    const app = bed.app({ tubes });
    for (const tube of tubes) await app.producer(tube).delay('x', 0);
    expect(await toEachNode()).toEqual([1, 1, 1]);
    for (const tube of tubes) app.handle(tube);
    app.start();
    await app.runs.next(tubes.length);
    await app.runtime.inspector.counts();
    await bed.drained();
    expect([await toEachNode(), await toRedis()]).toEqual([[4, 4, 4], 1]);
  });
});

describe('a node that drains', () => {
  const sumOf = ({ delayed, ready }: { readonly delayed: number; readonly ready: number }): number => delayed + ready;

  it('takes no new jobs, and gives out those that it has', async () => {
    const { app, tube } = bed.idle();
    await app.producer(tube).delay('before', 1_000);
    const on = async (node: number): Promise<number> => sumOf(await bed.copies(node, tube));
    await until(async () => (await on(0)) === 1);
    process.kill(bed.cluster.node(0).pid, 'SIGUSR1');
    await until(async () => (await app.runtime.inspector.nodes()).some((node) => node.reachable && node.draining));
    await app.producer(tube).delay('after', 1_000);
    await until(async () => (await on(1)) === 2 && (await on(2)) === 2);
    expect(await on(0)).toBe(1);
    app.handle(tube).start();
    await app.runs.next(2);
    await bed.drained();
    await bed.cluster.node(0).restart();
  });
});

describe('the rights that are listed', () => {
  /** How often Redis has refused something to its user. */
  const refused = (): Promise<unknown> => bed.redis((redis) => redis.call('ACL', 'LOG'));

  async function as(rights: readonly string[]): Promise<string> {
    const words = [
      'reset',
      ...rights
        .join(' ')
        .split(' ')
        .filter((word) => word !== ''),
    ];
    await bed.redis(async (redis: Redis) => {
      await redis.call('ACL', 'LOG', 'RESET');
      await redis.call('ACL', 'SETUSER', 'shop', ...words);
    });
    return `redis://shop:password@127.0.0.1:${bed.cluster.redis.port}`;
  }

  async function everything(app: App, tube: string): Promise<void> {
    const producer = app.producer<string>(tube);
    const { inspector } = app.runtime;
    await producer.delay('retried', 0);
    await producer.delay('dead', 0);
    await producer.delay('own', 0, { id: 'own' });
    await expect(producer.delay('own', '1h', { id: 'own' })).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID' });
    await producer.delay('keyed', 0, { key: 'soon' });
    expect(await producer.revoke(await producer.delay('x', '1h'))).toBe('revoked');
    for (const [key, onConflict] of [
      ['a', 'replace'],
      ['b', 'postpone'],
      ['c', 'keep'],
    ] as const) {
      await producer.delay('x', '1h', { key });
      await producer.delay('y', '2h', { key, onConflict });
      await producer.reschedule(key, { delay: '3h' });
      await producer.reschedule(key, { delay: '2h' });
      expect(await producer.find(key)).toMatchObject({ state: 'scheduled' });
      expect(await producer.cancel(key)).toBe('cancelled');
    }
    const handle = await producer.delay('z', '1h', { key: 'd' });
    expect(await producer.status(handle)).toMatchObject({ state: 'scheduled' });
    expect(await producer.revoke(handle)).toBe('revoked');
    await app.runs.next(5);
    const [letter] = await until(async () => {
      const dead = await inspector.dead(tube);
      return dead.length > 0 ? dead : undefined;
    });
    expect(await inspector.retry(tube, letter?.id ?? '')).toBe(true);
    await until(async () => (await inspector.dead(tube)).length > 0);
    expect(await inspector.delete(tube, letter?.id ?? '')).toBe(true);
    await inspector.pause(tube, { for: '10s' });
    expect(await inspector.paused()).toHaveLength(1);
    expect(await inspector.resume(tube)).toBe(true);
    await bed.drained();
  }

  const handler = (data: unknown, { attempt }: { readonly attempt: number }): void => {
    if (data === 'dead' || (data === 'retried' && attempt === 1)) throw new Error('no');
  };
  const lost = (app: App): unknown[] => app.events.filter(({ type }) => type.startsWith('store-'));

  it('are enough for everybody', async () => {
    const tube = bed.tube();
    const redis = await as([EVERYBODY]);
    const app = bed.app({ tubes: [tube], redis }).consume(tube, handler, { attempts: 2, backoff: () => 1 });
    await everything(app, tube);
    expect([await refused(), lost(app)]).toEqual([[], []]);
  });

  it('are enough for a history', async () => {
    const tube = { name: bed.tube(), history: { last: 10 } };
    const redis = await as([EVERYBODY, HISTORY]);
    const app = bed.app({ tubes: [tube], redis }).consume(tube.name);
    await app.producer(tube.name).delay('x', 0);
    await until(async () => (await app.runtime.inspector.history(tube.name)).length === 1);
    expect([await refused(), lost(app)]).toEqual([[], []]);
  });

  it('are enough for recurring jobs', async () => {
    const { app, tube } = bed.idle({ redis: await as([EVERYBODY, RECURRING]) });
    await schedule(app.runtime.parts.store.schedules, tube);
    expect(await refused()).toEqual([]);
  });

  it('are all used', () => {
    const scripts = Object.values(SCRIPTS).map(({ lua }) => lua);
    const called = scripts.join('\n').match(/(?<=call\(')[A-Z]+/g) ?? [];
    const used = new Set([...called.map((name) => name.toLowerCase()), ...BY_ITSELF]);
    const listed = [EVERYBODY, HISTORY, RECURRING].join(' ').match(/(?<=\+)\w+/g) ?? [];
    expect([...new Set(listed)].toSorted()).toEqual([...used].toSorted());
  });
});

async function schedule(schedules: ScheduleClaims, tube: string): Promise<void> {
  const now = await schedules.now(tube);
  const turn = (ms: number) => ({ slotMs: now + ms, dueMs: now + ms, run: 1, missed: 0 });
  const definition = { name: 'nightly', mark: 'm1', text: '{}' };
  const [first] = await schedules.upsert(tube, [{ ...definition, turn: turn(1_000) }]);
  await schedules.written(tube, 'nightly', now + 1_000);
  await schedules.step(tube, { ...definition, rev: first?.rev ?? 0, turn: turn(1_000), next: turn(2_000) });
  await schedules.overdue(tube, 0, ['nightly', 'other']);
  await schedules.pause(tube, 'nightly', true);
  expect(await schedules.get(tube, 'nightly')).toMatchObject({ paused: true });
  for await (const known of schedules.list(tube)) expect(known.name).toBe('nightly');
  expect(await schedules.remove(tube, 'nightly')).toBe(true);
  await schedules.upsert(tube, [{ ...definition, turn: turn(1_000) }]);
  await schedules.remove(tube, 'nightly');
}
