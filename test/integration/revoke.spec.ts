// What a revoke answers in each state of a job, and that it holds.
import { describe, expect, it } from '@jest/globals';
import { DqConnectionError, DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { DqHandleError } from '../../lib/core/errors/argument.errors.js';
import { DqGiveUp } from '../../lib/core/consumer/outcome.js';
import { Gate } from '../support/gate.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

const withoutId = (handle: string): string => handle.split(',').slice(0, -1).join(',');

describe('revoke of a job', () => {
  it('that waits: revoked, its copies are deleted, and it does not run', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    const producer = app.producer(tube);
    const dueMs = Date.now() + 2_500;
    const handle = await producer.at('taken back', dueMs);
    // The control: due at the same moment.
    await producer.at('stays', dueMs);
    expect(await producer.revoke(handle)).toBe('revoked');
    await until(async () => (await bed.copiesOnEach(tube)).every(({ delayed }) => delayed === 1));
    const tombstone = (await bed.claims()).find(({ value }) => value.startsWith('dq1:V:'));
    expect(tombstone!.ttl).toBeGreaterThan(0);
    expect(await producer.revoke(handle)).toBe('revoked');

    await app.runs.next();
    await bed.drained();
    expect(app.runs.all.map(({ data }) => data)).toEqual(['stays']);
  });

  it('that a consumer holds for the last second before it is due: revoked', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    const dueMs = Date.now() + 950;
    const handle = await app.producer(tube).at('held', dueMs);
    await app.producer(tube).at('stays', dueMs);
    await until(async () => (await bed.copies(0, tube)).reserved === 2);
    expect(await app.producer(tube).revoke(handle)).toBe('revoked');
    await app.runs.next();
    await bed.drained();
    expect(app.runs.all.map(({ data }) => data)).toEqual(['stays']);
  });

  it('that runs: running, and it goes on to its end', async () => {
    const tube = bed.tube();
    const gate = new Gate();
    const app = bed.handling(tube, () => gate.opened);
    const handle = await app.producer(tube).delay('x', 0);
    await app.runs.next();
    expect(await app.producer(tube).revoke(handle)).toBe('running');
    gate.open();
    await bed.drained();
    expect(await app.producer(tube).revoke(handle)).toBe('done');
  });

  it('that is done: done, by the handle of dq too', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] }).consume(tube);
    const handle = await app.producer(tube).delay('x', 0);
    await app.runs.next();
    await bed.drained();
    expect(await app.producer(tube).revoke(handle)).toBe('done');
    expect(await app.producer(tube).revoke(withoutId(handle))).toBe('done');
  });

  it('that is done and forgotten by Redis: done, since every node says that its copy is gone', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    const handle = await app.producer(tube).delay('x', 0);
    await app.runs.next();
    await bed.drained();
    await app.close();
    await bed.redis((redis) => redis.flushall());
    const later = bed.app({ tubes: [tube] });
    expect(await later.producer(tube).revoke(handle)).toBe('done');
  });

  it('that was given up: dead', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube, () => new DqGiveUp('no use'));
    const handle = await app.producer(tube).delay('x', 0);
    await app.event('copy-buried', 3);
    expect(await app.producer(tube).revoke(handle)).toBe('dead');
    await bed.wipe();
  });

  it('that failed and waits for its next attempt: revoked, and there is none', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    const fail = (): never => {
      throw new Error('not yet');
    };
    app.handle(tube, fail, { attempts: 2, backoff: { type: 'fixed', delay: 1_000 } }).start();
    const handle = await app.producer(tube).delay('x', 0);
    await app.event('job-failed');
    await until(async () => (await bed.claims()).some(({ value }) => value.startsWith('dq1:W:1:')));
    expect(await app.producer(tube).revoke(handle)).toBe('revoked');
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
  });

  it('by the handle of dq, without id, on a plain tube: revoked', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] });
    const handle = withoutId(await bed.naming(() => app.producer(tube).delay('x', 3_000)));
    expect(handle.split(',')).toHaveLength(3);
    expect(await app.producer(tube).revoke(handle)).toBe('revoked');
    await bed.drained();
    // Copies that a node would bring back find the tombstone.
    expect((await bed.claims()).map(({ value }) => value)).toEqual([expect.stringMatching(/^dq1:V:/)]);
  });

  it('written plain, where this process declares the tube native: revoked all the same', async () => {
    const tube = bed.tube();
    const writer = bed.app({ tubes: [{ name: tube, format: 'plain' }] });
    const other = bed.handling(tube);
    const handle = await writer.producer(tube).delay('x', 1_500);
    const stays = await writer.producer(tube).delay('stays', 1_500);
    expect(await other.producer(tube).revoke(handle)).toBe('revoked');
    await other.runs.next();
    await bed.drained();
    expect(other.runs.all.map(({ data }) => data)).toEqual(['stays']);
    expect(stays).not.toBe(handle);
  });
});

describe('revoke that cannot know', () => {
  it('refuses what is no handle, and a tube that is not declared', async () => {
    const tube = bed.tube();
    const producer = bed.app({ tubes: [tube] }).producer(tube);
    for (const text of ['', 'nonsense', 'a/b', '1.2.3.4:1/other/1,id', `1.2.3.4:1/${tube}/1,id,more`]) {
      await expect(producer.revoke(text)).rejects.toThrow(DqHandleError);
    }
    expect(await bed.claims()).toEqual([]);
  });

  it('refuses a handle that was cut off while the job waits, as looks do, and the job can still be taken back by the whole one', async () => {
    const tube = bed.tube();
    const { inspector } = bed.app({ tubes: [tube] }).runtime;
    const producer = bed.app({ tubes: [tube] }).producer(tube);
    for (const options of [undefined, { id: 'cancel-1795634047' }]) {
      const handle = await producer.delay('x', '1m', options);
      for (const cut of [1, 5]) {
        const short = handle.slice(0, -cut);
        await expect(producer.revoke(short)).rejects.toThrow(DqHandleError);
        // Not "it never existed".
        await expect(inspector.status(short)).rejects.toThrow(/whose end is cut off/);
        await expect(inspector.peek(short)).rejects.toThrow(/whose end is cut off/);
      }
      expect(await producer.revoke(handle)).toBe('revoked');
    }
  });

  it('rejects when Redis is away, within the deadline; the job runs, since nothing was decided', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: 500 });
    const handle = await app.producer(tube).delay('x', 1_000);
    await bed.cluster.redis.kill();
    await expect(app.producer(tube).revoke(handle)).rejects.toThrow(DqClaimStoreError);
    await bed.cluster.redis.restart();
    app.handle(tube).start();
    await app.runs.next();
    await bed.drained();
  });

  it('rejects the handle of dq when no node can show the job', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }], commandDeadline: 500 });
    const handle = withoutId(await app.producer(tube).delay('x', '1m'));
    await Promise.all(bed.cluster.nodes.map((node) => node.kill()));
    await expect(app.producer(tube).revoke(handle)).rejects.toThrow(DqConnectionError);
    await bed.heal();
    await bed.wipe();
  });
});
