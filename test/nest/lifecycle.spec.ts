import {
  type BeforeApplicationShutdown,
  Global,
  Injectable,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, type DqJob, DqModule, DqProducer, getDqProducerToken } from 'nestjs-dq';
import { Gate } from '../support/gate.js';
import { countResources, expectNoLeaks } from '../support/leaks.js';
import { specBed } from '../support/spec-bed.js';
import { Recorder, settles } from '../support/wait.js';
import { NestBed } from './nest-bed.js';
import { NOWHERE, StubServers } from './stub-servers.js';

const nests = specBed(new NestBed());
let seen: Recorder<string>;

beforeEach(() => {
  seen = new Recorder();
});

/** What handlers need: open from `onModuleInit` to `onModuleDestroy`, as a pool of connections is. */
@Injectable()
class Database implements OnModuleInit, OnModuleDestroy {
  #open = false;

  onModuleInit(): void {
    this.#open = true;
  }

  onModuleDestroy(): void {
    this.#open = false;
    seen.add('database closed');
  }

  query(): void {
    if (!this.#open) throw new Error('the database is closed');
  }
}

function jobsOf(tube: string, run: (job: DqJob, database: Database, producer: DqProducer) => unknown) {
  @Injectable()
  class Jobs {
    constructor(
      private readonly database: Database,
      private readonly producer: DqProducer,
    ) {}

    @DqHandler(tube)
    handle(_: unknown, job: DqJob): unknown {
      return run(job, this.database, this.producer);
    }
  }
  return Jobs;
}

describe('start', () => {
  it('opens nothing before the bootstrap, and takes jobs after every other bootstrap', async () => {
    const producing = await nests.run(() => ({}), { consume: false });
    const { tube } = producing;
    await producing.send();
    await producing.nest.close();

    const gate = new Gate();
    const sockets = (): number => [...countResources()].filter(([kind]) => kind.startsWith('TCP')).length;
    @Injectable()
    class Slow implements OnModuleInit, OnApplicationBootstrap {
      onModuleInit(): void {
        seen.add(`init ${sockets()}`);
      }

      async onApplicationBootstrap(): Promise<void> {
        seen.add(`bootstrap ${sockets()}`);
        await gate.opened;
        seen.add('bootstrapped');
      }
    }
    @Module({ providers: [Slow] })
    class Root {}
    const consuming = await nests.create(
      () => ({ imports: [Root], providers: [jobsOf(tube, () => seen.add('ran')), Database] }),
      { tubes: [tube] },
    );
    const ready = consuming.nest.init();
    expect(await seen.next(2)).toEqual(['init 0', 'bootstrap 0']);
    expect(await settles(ready, 100)).toBe(false);
    expect(sockets()).toBe(0);
    gate.open();
    await ready;
    expect(await seen.next(2)).toEqual(['bootstrapped', 'ran']);
    // Control: open sockets are seen.
    expect(sockets()).toBeGreaterThan(0);
  });

  it('boots while the servers are away, and works when they come', async () => {
    const { cluster } = nests.bed;
    const servers = [...cluster.nodes, cluster.redis];
    await Promise.all(servers.map((server) => server.kill()));
    const app = await nests.run((tube) => ({ providers: [jobsOf(tube, () => seen.add('ran')), Database] }), {
      commandDeadline: 500,
    });
    await expect(app.send()).rejects.toMatchObject({ code: 'DQ_QUORUM' });
    await Promise.all(servers.map((server) => server.restart()));
    await app.event('store-back');
    await app.event('node-back', 3);
    await app.send();
    expect(await seen.next()).toEqual(['ran']);
  });

  it('works in an application context without HTTP', async () => {
    const tube = nests.bed.tube();
    @Module({
      imports: [DqModule.forRoot({ ...nests.bed.servers, tubes: [tube], logger: false })],
      providers: [jobsOf(tube, () => seen.add('ran')), Database],
    })
    class Root {}
    const context = await NestFactory.createApplicationContext(Root, { logger: false });
    await context.get<DqProducer>(getDqProducerToken(tube)).delay('job', 0);
    await seen.next();
    await nests.bed.drained();
    await context.close();
    expect(seen.all).toEqual(['ran', 'database closed']);
  });
});

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
    expect((await nests.bed.copies(0, 'default')).delayed).toBe(1);
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
    expect((await nests.bed.copies(0, 'default')).delayed).toBe(3);
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

describe('a bootstrap that fails', () => {
  it('by a wrong handler leaves nothing open, though producers were at work', async () => {
    const before = countResources();
    @Injectable()
    class Early implements OnModuleInit {
      constructor(private readonly producer: DqProducer) {}

      async onModuleInit(): Promise<void> {
        await this.producer.delay('early', '1h');
      }

      @DqHandler('nowhere')
      run(): void {}
    }
    const app = await nests.create(() => ({ providers: [Early] }));
    await expect(app.nest.init()).rejects.toMatchObject({ code: 'DQ_HANDLER' });
    await expectNoLeaks(before);
    await nests.bed.wipe();
    await app.nest.close();
  });

  it('by somebody else has started no consumer', async () => {
    @Injectable()
    class Failing implements OnApplicationBootstrap {
      async onApplicationBootstrap(): Promise<void> {
        await Promise.reject(new Error('no license'));
      }
    }
    const servers = new StubServers();
    @Module({ providers: [Failing] })
    class Root {}
    const imports = [DqModule.forRoot({ ...NOWHERE, tubes: ['a'] }), Root];
    const module = await servers.module({ imports, providers: [jobsOf('a', () => undefined), Database] }).compile();
    await expect(module.init()).rejects.toThrow('no license');
    expect(servers.starts).toBe(0);
    expect(servers.watched).toEqual([]);
    await module.close();
  });
});
