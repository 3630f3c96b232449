// Redis has lost recent writes: it was emptied, or one that knows less has taken its place. What runs, and what has ended, is told
// to it again before anything is claimed. Nothing can be certain then: what nobody remembers may run again.
import { readdirSync, readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DqGiveUp } from 'nestjs-dq';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import type { App } from '../support/app.js';
import { Gate } from '../support/gate.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const LONG = 20;
const QUICK = 200;
const HANDLERS = { concurrency: 40, lease: '20s', backoff: { type: 'fixed', delay: 50 } } as const;
const LOST = 'has lost recent writes';

const bed = testBed();
afterEach(() => void jest.restoreAllMocks());

/** Two consumers of one tube, and a node that has a copy of each job, and gives none out until it is `resumed`. */
class Scene {
  readonly tube = bed.tube();
  readonly gate = new Gate();
  readonly apps: readonly App[];
  /** Runs at once, by job; and whether that was ever more than one. */
  readonly running = new Map<unknown, number>();
  doubled: unknown[] = [];

  constructor(options: { readonly redis?: string } = {}) {
    this.apps = [1, 2].map(() =>
      bed
        .app({ tubes: [this.tube], commandDeadline: 1_000, ...options })
        .consume(this.tube, (data, job) => this.#handle(String(data), job.attempt), HANDLERS),
    );
  }

  async #handle(data: string, attempt: number): Promise<void> {
    const now = (this.running.get(data) ?? 0) + 1;
    this.running.set(data, now);
    if (now > 1) this.doubled.push(data);
    try {
      if (data.startsWith('long')) await this.gate.opened;
      if (data.startsWith('dead')) throw new DqGiveUp('as it should');
      if (data.startsWith('retried') && attempt === 1) throw new Error('once more');
      if (data === 'retried long') await this.gate.opened;
      if (data === 'revived') {
        if (this.runs.filter((run) => run === data).length === 1) throw new DqGiveUp('as it should');
        await this.gate.opened;
      }
    } finally {
      this.running.set(data, this.running.get(data)! - 1);
    }
  }

  /** Jobs that are due at once, and have begun. */
  async begun(names: readonly string[], each = 1): Promise<void> {
    const before = this.runs.length;
    const producer = this.apps[0]!.producer(this.tube);
    await Promise.all(names.map((name) => producer.delay(name, 0)));
    await until(() => this.runs.length === before + names.length * each, { timeout: 20_000 });
  }

  /** The same, which wait on a node that stands still. */
  async written(names: readonly string[]): Promise<void> {
    const producer = this.apps[0]!.producer(this.tube);
    const at = Date.now() + 1_500;
    await Promise.all(names.map((name) => producer.at(name, at)));
  }

  get runs(): string[] {
    return this.apps.flatMap((app) => app.runs.all.map(({ data }) => String(data)));
  }

  /** The first letters of what Redis knows, counted. */
  async states(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { value } of await bed.claims()) counts[value.slice(4, 5)] = (counts[value.slice(4, 5)] ?? 0) + 1;
    return counts;
  }

  /** The copies that the node which stood still has given out are deleted, but for those of what runs. */
  async lateCopiesGone(): Promise<void> {
    await until(
      async () => {
        const { ready, delayed, reserved } = await bed.copies(2, this.tube);
        return ready + delayed + reserved <= LONG;
      },
      { timeout: 30_000 },
    );
  }
}

const names = (name: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${name} ${at}`);

/** 20 jobs run, 200 have ended a moment ago, and a node that stood still has a copy of each. */
async function busyScene(): Promise<Scene> {
  const scene = new Scene();
  await scene.begun(['warm']);
  await scene.written([...names('long', LONG), ...names('quick', QUICK)]);
  await bed.cluster.node(2).pause();
  await until(() => scene.runs.length === 1 + LONG + QUICK, { timeout: 20_000 });
  await until(async () => ((await scene.states()).D ?? 0) >= 1 + QUICK);
  return scene;
}

describe('a Redis that was emptied', () => {
  it('is told again what runs and what has ended, before anybody is given a job: nothing runs twice', async () => {
    const scene = await busyScene();
    await bed.redis((redis) => redis.flushall());
    bed.cluster.node(2).resume();
    await until(
      async () => {
        const { R = 0, D = 0 } = await scene.states();
        return R === LONG && D >= QUICK;
      },
      { timeout: 10_000 },
    );
    await scene.lateCopiesGone();
    expect(scene.runs).toHaveLength(1 + LONG + QUICK);
    scene.gate.open();
    await bed.drained();
    expect(scene.runs).toHaveLength(1 + LONG + QUICK);
    expect(scene.doubled).toEqual([]);
    expect(scene.apps.flatMap((app) => app.eventsOf('result-refused'))).toEqual([]);
    for (const app of scene.apps) {
      const told = app.eventsOf('store-warning').filter(({ reason }) => reason.includes(LOST));
      expect(told.length).toBeLessThanOrEqual(2);
    }
  });

  it('would let them run again, and twice at once, if it were told nothing (control)', async () => {
    jest.spyOn(RedisClaimStore.prototype, 'onLoss').mockImplementation(() => undefined);
    const scene = await busyScene();
    await bed.redis((redis) => redis.flushall());
    bed.cluster.node(2).resume();
    await until(() => scene.runs.length > 1 + LONG + QUICK, { timeout: 20_000 });
    await until(() => scene.doubled.length > 0, { timeout: 20_000 }).catch(() => undefined);
    scene.gate.open();
    await bed.drained();
    expect(scene.runs.length).toBeGreaterThan(1 + LONG + QUICK);
  });

  it('gives out what is due from then on without waiting', async () => {
    const scene = new Scene();
    await scene.begun(['warm', 'long 0']);
    await bed.redis((redis) => redis.flushall());
    await until(async () => (await scene.states()).R === 1, { timeout: 10_000 });
    const producer = scene.apps[1]!.producer(scene.tube);
    const dueMs = Date.now() + 300;
    await producer.at('new', dueMs);
    await until(() => scene.runs.includes('new'));
    const late = scene.apps.flatMap((app) => app.runs.all).find(({ data }) => data === 'new')!.atMs - dueMs;
    expect(late).toBeLessThan(NO_TAKEOVER_MS / 2);
    scene.gate.open();
    await bed.drained();
    expect(scene.doubled).toEqual([]);
  });

  it('while a job with an id of its own is written, keeps the id taken', async () => {
    const scene = new Scene();
    const producer = scene.apps[0]!.producer(scene.tube);
    jest.spyOn(RedisClaimStore.prototype, 'conclude').mockImplementationOnce(async function (
      this: RedisClaimStore,
      ...call
    ) {
      await bed.redis((redis) => redis.flushall());
      return this.conclude(...call);
    });
    const handle = await producer.delay('quick', '1h', { id: 'order-1' });
    await expect(producer.delay('quick', '1h', { id: 'order-1' })).rejects.toMatchObject({ state: 'scheduled' });
    expect(await producer.revoke(handle)).toBe('revoked');
    await bed.drained();
  });

  it('remembers dead letters, too', async () => {
    const scene = new Scene();
    await scene.begun(['warm', 'dead 0']);
    await until(async () => (await scene.states()).X === 1);
    await bed.redis((redis) => redis.flushall());
    await until(async () => (await scene.states()).X === 1, { timeout: 10_000 });
    expect(await scene.apps[0]!.runtime.inspector.deleteAll(scene.tube)).toBe(1);
    await bed.drained();
  });
});

describe('a Redis that comes back with what it knew before', () => {
  it('is told again what it has forgotten: jobs that ended, that began, and that were tried again meanwhile', async () => {
    const scene = new Scene();
    await scene.begun(['warm', ...names('long', 5)]);
    const late = [...names('quick', 30), ...names('retried', 5), ...names('long later', 5)];
    await scene.written(late);
    await bed.cluster.node(2).pause();
    const { dir } = bed.cluster.redis;
    await cp(dir, `${dir}-before`, { recursive: true });
    await until(() => scene.runs.length === 6 + 30 + 10 + 5, { timeout: 20_000 });
    await until(async () => ((await scene.states()).D ?? 0) === 1 + 35);
    await bed.cluster.redis.kill();
    await rm(dir, { recursive: true });
    await cp(`${dir}-before`, dir, { recursive: true });
    await bed.cluster.redis.restart();
    // The control: it had all that to forget.
    const kept = readdirSync(`${dir}-before`, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.aof'),
    );
    const known = kept
      .map((file) => readFileSync(`${dir}-before/${file}`, 'latin1'))
      .join('')
      .split(/flushall/i)
      .at(-1)!;
    expect([known.includes('dq1:D:1:'), known.includes('dq1:D:2:')]).toEqual([true, false]);
    expect(known.match(/dq1:D:/g)!.length).toBeLessThan(10);
    bed.cluster.node(2).resume();
    await until(
      async () => {
        const { R = 0, D = 0 } = await scene.states();
        return R === 10 && D === 36;
      },
      { timeout: 20_000 },
    );
    await until(async () => (await bed.copies(2, scene.tube)).ready === 0);
    scene.gate.open();
    await bed.drained();
    expect(scene.runs).toHaveLength(6 + 30 + 10 + 5);
    expect(scene.doubled).toEqual([]);
    await rm(`${dir}-before`, { recursive: true });
  });
});

describe('a second attempt that Redis has forgotten to have granted', () => {
  /** Redis knows that the first one failed, and is away when the second one, which it has granted since, ends. */
  async function forgotten(): Promise<{
    readonly scene: Scene;
    readonly end: () => void;
    readonly back: () => Promise<void>;
  }> {
    const scene = new Scene();
    await scene.begun(['warm', 'retried long']);
    await until(async () => (await scene.states()).W === 1);
    const { dir } = bed.cluster.redis;
    await cp(dir, `${dir}-before`, { recursive: true });
    await until(() => scene.runs.length === 3);
    await bed.cluster.redis.kill();
    await rm(dir, { recursive: true });
    await cp(`${dir}-before`, dir, { recursive: true });
    await rm(`${dir}-before`, { recursive: true });
    return { scene, end: () => scene.gate.open(), back: () => bed.cluster.redis.restart() };
  }

  it.each([
    ['while Redis was away for long', 2_500],
    ['a moment before it is back', 0],
  ])('and that ended %s, is settled, and does not run again', async (_when, ms) => {
    const { scene, end, back } = await forgotten();
    end();
    await sleep(ms);
    await back();
    await bed.drained();
    expect(scene.runs.toSorted()).toEqual(['retried long', 'retried long', 'warm']);
    expect(scene.apps.flatMap((app) => app.eventsOf('result-refused'))).toEqual([]);
    expect((await scene.states()).D).toBe(2);
  });
});

describe('a dead letter that was revived, and runs when Redis is emptied,', () => {
  it('is not told again to be dead by the process that it runs in', async () => {
    const scene = new Scene();
    // The other one could not know that it was revived.
    await scene.apps[1]!.close();
    await scene.begun(['warm', 'revived']);
    await until(async () => (await scene.states()).X === 1);
    await until(async () => (await scene.apps[0]!.runtime.inspector.retryAll(scene.tube)) === 1);
    await until(() => scene.runs.length === 3);
    await bed.redis((redis) => redis.flushall());
    await until(() => scene.apps[0]!.eventsOf('store-warning').some(({ reason }) => reason.includes(LOST)), {
      timeout: 10_000,
    });
    await until(async () => (await scene.states()).D === 1);
    scene.gate.open();
    await bed.drained();
    expect(scene.apps.flatMap((app) => app.eventsOf('result-refused'))).toEqual([]);
    expect(await scene.states()).toEqual({ D: 2 });
  });
});

describe('a connection that was cut, to a Redis that knows everything', () => {
  async function cut(redis: string, restore: () => Promise<unknown>): Promise<Scene> {
    const scene = new Scene({ redis });
    await scene.begun(['warm']);
    await restore();
    await scene.begun(['after']);
    await bed.drained();
    return scene;
  }
  const warned = (scene: Scene): number =>
    scene.apps.flatMap((app) => app.eventsOf('store-warning')).filter(({ reason }) => reason.includes(LOST)).length;

  it('is no loss', async () => {
    const proxy = await bed.proxy(bed.cluster.redis);
    const scene = await cut(`redis://${proxy.endpoint}`, async () => {
      proxy.cut();
      await until(() => proxy.connections >= 2);
    });
    expect(warned(scene)).toBe(0);
  });

  it('counts as one where INFO is refused: nobody can tell', async () => {
    const proxy = await bed.proxy(bed.cluster.redis);
    await bed.redis((redis) => redis.call('ACL', 'SETUSER', 'shop', 'reset', 'on', '>pass', '~*', '+@all', '-info'));
    const scene = await cut(`redis://shop:pass@${proxy.endpoint}`, async () => {
      proxy.cut();
      await until(() => proxy.connections >= 2);
    });
    expect(warned(scene)).toBeGreaterThan(0);
    await bed.redis((redis) => redis.call('ACL', 'DELUSER', 'shop'));
  });
});
