// What app.close() waits for and in which order things end; what signals do is in shutdown.spec.ts.
import {
  type BeforeApplicationShutdown,
  Global,
  Injectable,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DqProducer } from 'nestjs-dq';
import { Gate } from '../support/gate.js';
import { countResources, expectNoLeaks } from '../support/leaks.js';
import { settles } from '../support/wait.js';
import { Database, jobsOf } from './database-jobs.js';
import { nestBed } from './nest-bed.js';
import { seen } from './seen.js';

const nests = nestBed();
beforeEach(() => seen.clear());

describe('close', () => {
  @Module({ providers: [Database], exports: [Database] })
  class DatabaseModule {}
  @Global()
  @Module({ providers: [Database], exports: [Database] })
  class GlobalDatabaseModule {}

  it.each<[string, ModuleMetadata]>([
    ['beside it', { providers: [Database] }],
    ['in a module of its own', { imports: [DatabaseModule] }],
    ['in a global module', { imports: [GlobalDatabaseModule] }],
  ])('lets a running handler end, with all it uses %s, and schedule more', async (_, parts) => {
    const gate = new Gate();
    const app = await nests.run((tube) => {
      const jobs = jobsOf(tube, async (job, database, producer) => {
        seen.add('running');
        await gate.opened;
        database.query();
        await producer.delay('more', '1h');
        seen.add(`done ${job.attempt}`);
      });
      return { ...parts, providers: [...(parts.providers ?? []), jobs] };
    });
    await app.send();
    await seen.next();
    const closed = app.nest.close();
    expect(await settles(closed, 100)).toBe(false);
    gate.open();
    await closed;
    expect(seen.all).toEqual(['running', 'done 1', 'database closed']);
    expect(app.events).toEqual([]);
    expect(await nests.bed.waiting('dq-default')).toBeGreaterThanOrEqual(2);
    await nests.bed.wipe();
  });

  it('keeps producers until the last hook of the others', async () => {
    @Injectable()
    class Late implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
      constructor(readonly producer: DqProducer) {}

      async onModuleDestroy(): Promise<void> {
        await this.producer.delay(1, '1h');
      }

      async beforeApplicationShutdown(): Promise<void> {
        await this.producer.delay(2, '1h');
      }

      async onApplicationShutdown(): Promise<void> {
        await this.producer.delay(3, '1h');
        seen.add('scheduled');
      }
    }
    @Module({ providers: [Late] })
    class LateModule {}
    const app = await nests.run(() => ({ imports: [LateModule] }));
    const { producer } = app.nest.get(Late);
    await app.nest.close();
    expect(seen.all).toEqual(['scheduled']);
    expect(await nests.bed.waiting('dq-default')).toBeGreaterThanOrEqual(2 * 3);
    await expect(producer.delay(4, 0)).rejects.toMatchObject({ code: 'DQ_CLOSED' });
    await nests.bed.wipe();
  });

  it('gives back what outlasts the deadline, and says so to its handler', async () => {
    const app = await nests.run(
      (tube) => {
        const jobs = jobsOf(tube, async ({ signal }) => {
          signal.addEventListener('abort', () => seen.add((signal.reason as { code: string }).code));
          seen.add('running');
          await new Promise(() => undefined);
        });
        return { providers: [jobs, Database] };
      },
      { shutdownDeadline: 50 },
    );
    await app.send();
    await seen.next();
    await app.nest.close();
    expect(seen.all).toEqual(['running', 'DQ_SHUTDOWN', 'database closed']);
    expect(app.events).toEqual([{ type: 'stop-deadline', tube: app.tube, running: 1 }]);
    const again = await nests.run(
      () => ({ providers: [jobsOf(app.tube, ({ attempt }) => seen.add(`attempt ${attempt}`)), Database] }),
      { tubes: [app.tube] },
    );
    // It was not the job's fault.
    expect(await seen.next(3)).toEqual(['DQ_SHUTDOWN', 'database closed', 'attempt 1']);
    await nests.bed.drained();
    await again.nest.close();
  });

  it('may be called again, meanwhile and afterwards', async () => {
    const app = await nests.run((tube) => ({ providers: [jobsOf(tube, () => seen.add('ran')), Database] }));
    await app.send();
    await seen.next();
    await nests.bed.drained();
    await Promise.all([app.nest.close(), app.nest.close()]);
    await app.nest.close();
  });

  it('leaves nothing open, without waiting for anything', async () => {
    const before = countResources();
    const app = await nests.run((tube) => ({ providers: [jobsOf(tube, () => seen.add('ran')), Database] }));
    await app.send();
    await seen.next();
    await nests.bed.drained();
    await app.nest.close();
    await expectNoLeaks(before);
  });

  it('comes before the application was initialized', async () => {
    const app = await nests.create((tube) => ({ providers: [jobsOf(tube, () => undefined), Database] }));
    await app.nest.close();
    await expect(app.send()).rejects.toMatchObject({ code: 'DQ_CLOSED' });
  });

  it('comes while the application initializes', async () => {
    const gate = new Gate();
    @Injectable()
    class Slow implements OnApplicationBootstrap {
      async onApplicationBootstrap(): Promise<void> {
        seen.add('bootstrapping');
        await gate.opened;
      }
    }
    const before = countResources();
    const app = await nests.create((tube) => ({ providers: [Slow, jobsOf(tube, () => undefined), Database] }));
    const ready = app.nest.init();
    await seen.next();
    const closed = app.nest.close();
    // An HTTP application does not wait for its own bootstrap; a context does.
    await settles(closed, 100);
    gate.open();
    await Promise.all([ready, closed]);
    await expectNoLeaks(before);
  });
});
