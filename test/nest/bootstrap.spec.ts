import { Injectable, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, DqModule, DqProducer, getDqProducerToken } from 'nestjs-dq';
import { Gate } from '../support/gate.js';
import { countResources, expectNoLeaks } from '../support/leaks.js';
import { settles } from '../support/wait.js';
import { Database, jobsOf } from './database-jobs.js';
import { nestBed } from './nest-bed.js';
import { seen } from './seen.js';
import { NOWHERE, StubServers } from './stub-servers.js';

const nests = nestBed();
beforeEach(() => seen.clear());

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
