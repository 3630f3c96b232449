// Handlers and listeners of a module that is loaded after the start are found, or refused where it is loaded; so are layers.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, Module, type Type } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { DqHandler, type DqEventOf, DqLayer, type DqLayerHost, DqModule, OnDqEvent } from 'nestjs-dq';
import { EmbeddedNest } from './embedded-nest.js';

const nest = new EmbeddedNest();
const { seen } = nest;

describe('a module that is loaded later', () => {
  @Injectable()
  class LazyJobs {
    @DqHandler('a')
    run(): void {
      seen.add('lazy');
    }
  }

  @Module({ providers: [LazyJobs] })
  class Lazy {}

  /** Has that module loaded in the bootstrap. */
  function loadingInBootstrap(later: Type): Type {
    @Injectable()
    class Loading {
      constructor(readonly loader: LazyModuleLoader) {}

      async onModuleInit(): Promise<void> {
        await this.loader.load(() => later);
      }
    }
    return Loading;
  }

  it('has its handlers found and started', async () => {
    const module = await nest.run({});
    const loader = module.get(LazyModuleLoader);
    await nest.send(module, 'a');
    await Promise.all([loader.load(() => Lazy), loader.load(() => Lazy)]);
    await loader.load(() => Lazy);
    expect(await seen.next()).toEqual(['lazy']);
    expect(nest.tubeLines.at(-1)).toBe('log: Tubes: a (LazyJobs.run, 10 at once), of a module that was loaded later.');
  });

  it('runs its handlers in the context of the boot, whoever has it loaded', async () => {
    const storage = new AsyncLocalStorage<string>();
    class Jobs {
      @DqHandler('a')
      run(): void {
        seen.add(`handler in ${storage.getStore()}`);
      }
    }
    @Module({ providers: [Jobs] })
    class Lazy {}
    const logger = { log: () => seen.add(`log in ${storage.getStore()}`), warn: () => {}, error: () => {} };
    const module = await storage.run('boot', () => nest.run({}, { logger, onEvent: undefined }));
    seen.clear();
    await storage.run('request', () => module.get(LazyModuleLoader).load(() => Lazy));
    await nest.send(module, 'a');
    expect(await seen.next(2)).toEqual(['log in boot', 'handler in boot']);
  });

  it('may bring its own tube', async () => {
    class Jobs {
      @DqHandler('reports')
      run(): void {
        seen.add('report');
      }
    }
    @Module({ imports: [DqModule.forFeature('reports')], providers: [Jobs] })
    class Lazy {}
    const module = await nest.run({});
    const loaded = await module.get(LazyModuleLoader).load(() => Lazy);
    await nest.send(loaded, 'reports');
    expect(await seen.next()).toEqual(['report']);
  });

  it('is looked at in the bootstrap when it is loaded before', async () => {
    const module = await nest.run({ providers: [loadingInBootstrap(Lazy)] });
    await nest.send(module, 'a');
    expect(await seen.next()).toEqual(['lazy']);
  });

  it('is refused where it is loaded, when its handler cannot be started', async () => {
    class Other {
      @DqHandler('a')
      same(): void {}
    }
    class Undeclared {
      @DqHandler('nowhere')
      run(): void {}
    }
    @Module({ providers: [Other] })
    class Second {}
    @Module({ providers: [Undeclared] })
    class Wrong {}
    const module = await nest.run({ providers: [LazyJobs] });
    const loader = module.get(LazyModuleLoader);
    await expect(loader.load(() => Second)).rejects.toMatchObject({
      code: 'DQ_HANDLER',
      message: expect.stringMatching(/tube "a".*LazyJobs\.run.*Other\.same/),
    });
    const other = await nest.run({});
    await expect(other.get(LazyModuleLoader).load(() => Wrong)).rejects.toMatchObject({
      code: 'DQ_HANDLER',
      message: expect.stringMatching(/Undeclared\.run.*"nowhere"/),
    });
  });

  it('has its listeners told from then on, each once', async () => {
    class Listener {
      @OnDqEvent('job-completed', { tube: 'a' })
      completed({ id }: DqEventOf<'job-completed'>): void {
        seen.add(`completed ${id}`);
      }
    }
    @Module({ providers: [Listener] })
    class Lazy {}
    @Module({})
    class Other {}
    const module = await nest.run({ providers: [LazyJobs] });
    const loader = module.get(LazyModuleLoader);
    await nest.send(module, 'a');
    await seen.next(1);
    seen.clear();
    await Promise.all([loader.load(() => Lazy), loader.load(() => Lazy)]);
    await loader.load(() => Other);
    await nest.send(module, 'a');
    await nest.send(module, 'a');
    expect((await seen.next(4)).map(String).toSorted()).toEqual([
      ...[expect.stringMatching(/^completed /), expect.stringMatching(/^completed /)],
      ...['lazy', 'lazy'],
    ]);
  });

  it('has its layers around all that it has, when it is loaded before handlers start', async () => {
    @DqLayer()
    class Around implements DqLayerHost {
      job(_: unknown, next: () => Promise<unknown>): Promise<unknown> {
        seen.add('around');
        return next();
      }
    }
    @Module({ providers: [LazyJobs, Around] })
    class Lazy {}
    const module = await nest.run({ providers: [loadingInBootstrap(Lazy)] });
    await nest.send(module, 'a');
    expect(await seen.next(2)).toEqual(['around', 'lazy']);
  });

  it.each([true, false])(
    'is refused where it is loaded, when it has a layer, by its name, and its handlers do not run without it: consume %s',
    async (consume) => {
      @DqLayer()
      class Later implements DqLayerHost {
        job(_: unknown, next: () => Promise<unknown>): Promise<unknown> {
          return next();
        }
      }
      @Module({ providers: [LazyJobs, Later] })
      class Lazy {}
      const module = await nest.run({}, { consume });
      await expect(module.get(LazyModuleLoader).load(() => Lazy)).rejects.toMatchObject({
        code: 'DQ_OPTIONS',
        message: expect.stringMatching(/got the layer Later after it/),
      });
      expect(nest.tubeLines).toHaveLength(1);
    },
  );

  it('is refused where it is loaded, when its listener is of a tube that nobody declared', async () => {
    class Listener {
      @OnDqEvent('job-dead', { tube: 'nowhere' })
      dead(): void {}
    }
    @Module({ providers: [Listener] })
    class Lazy {}
    const module = await nest.run({});
    await expect(module.get(LazyModuleLoader).load(() => Lazy)).rejects.toMatchObject({
      code: 'DQ_HANDLER',
      message: expect.stringMatching(/nowhere/),
    });
  });

  it('is not run by a process that only schedules', async () => {
    const module = await nest.run({}, { consume: false });
    await module.get(LazyModuleLoader).load(() => Lazy);
    await nest.send(module, 'a');
    expect(seen.all).toEqual([]);
    expect(nest.tubeLines).toHaveLength(1);
  });

  it('is only loaded once the application has closed', async () => {
    const module = await nest.run({});
    await module.close();
    await module.get(LazyModuleLoader).load(() => Lazy);
    expect(nest.tubeLines).toHaveLength(1);
  });
});
