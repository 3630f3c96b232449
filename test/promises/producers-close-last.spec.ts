// Promise 7 of the README: producers close last. Whoever schedules in a hook of the shutdown can, wherever it stands.
import {
  type BeforeApplicationShutdown,
  Controller,
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  Scope,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, DqModule, type DqModuleOptions, DqProducer } from 'nestjs-dq';
import { countResources, expectNoLeaks } from '../support/leaks.js';
import { testBed } from '../support/test-bed.js';
import { Recorder } from '../support/wait.js';
import { PackedFolder } from './packed-folder.js';

const HOOKS = ['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'];
const seen = new Recorder<string>();
beforeEach(() => seen.clear());

/** Schedules in each hook, and notes what came of it. */
class Scheduling implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  @Inject(DqProducer) readonly producer!: DqProducer;

  onModuleDestroy(): Promise<void> {
    return this.#schedule('onModuleDestroy');
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#schedule('beforeApplicationShutdown');
  }

  onApplicationShutdown(): Promise<void> {
    return this.#schedule('onApplicationShutdown');
  }

  async #schedule(hook: string): Promise<void> {
    try {
      await this.producer.delay(hook, '1h');
      seen.add(hook);
    } catch (error) {
      seen.add(`${hook}: ${(error as { code: string }).code}`);
    }
  }
}

@Injectable()
class Late extends Scheduling {}

@Injectable({ scope: Scope.TRANSIENT })
class Fresh extends Scheduling {}

@Controller()
class LateController extends Scheduling {}

@Injectable()
class Owner {
  constructor(readonly fresh: Fresh) {}
}

@Controller({ scope: Scope.REQUEST })
class PerRequest {
  constructor(readonly late: Late) {}
}

@Global()
@Module({ providers: [Late] })
class GlobalProvider {}

@Global()
@Module({ providers: [Owner, Fresh] })
class GlobalTransient {}

@Global()
@Module({ controllers: [LateController] })
class GlobalController {}

@Global()
@Module({})
class GlobalModule extends Scheduling {}

@Module({ providers: [Late], controllers: [PerRequest] })
class WithRequestScope {}

@Module({ imports: [GlobalProvider] })
class Nested {}

@Module({})
class Plain {}

@Module({})
class App {}

const dynamic: DynamicModule = { module: Plain, global: true, providers: [Late] };

type Imports = readonly (Type | DynamicModule)[];

/** An application with these modules in front of `DqModule`, and these behind it. */
function rootOf(
  options: DqModuleOptions,
  before: Imports,
  after: Imports = [],
  more: Partial<DynamicModule> = {},
): DynamicModule {
  const dq = DqModule.forRoot({ logger: false, ...options });
  return { module: App, imports: [...before, dq, ...after], ...more };
}

describe('embedded, what the application consists of can schedule in every hook of the shutdown', () => {
  it.each<[string, Imports, Imports, Partial<DynamicModule>]>([
    ['a provider of a global module imported before DqModule', [GlobalProvider], [], {}],
    ['a provider of a global module imported after it', [], [GlobalProvider], {}],
    ['a provider of a global module that another one imports', [Nested], [], {}],
    ['a provider of a global dynamic module', [dynamic], [], {}],
    ['a controller of a global module', [GlobalController], [], {}],
    ['a global module itself', [GlobalModule], [], {}],
    ['a transient provider of a global module', [GlobalTransient], [], {}],
    ['a provider that a controller of request scope uses', [WithRequestScope], [], {}],
    ['a provider of the root module', [], [], { providers: [Late] }],
    ['a controller of the root module', [], [], { controllers: [LateController] }],
  ])('%s', async (_, before, after, more) => {
    const census = countResources();
    const app = await NestFactory.createApplicationContext(rootOf({ embedded: true }, before, after, more), {
      logger: false,
    });
    const producer = app.get(DqProducer);
    await app.close();
    expect(seen.all).toEqual(HOOKS);
    // Control: the end of the application is the end of its producers.
    await expect(producer.delay(1, 0)).rejects.toMatchObject({ code: 'DQ_CLOSED' });
    await expectNoLeaks(census);
  });

  it('behind options that a factory makes, from a module that is global itself', async () => {
    @Global()
    @Module({ providers: [{ provide: 'CONFIG', useValue: {} }], exports: ['CONFIG'] })
    class Config {}
    const dq = DqModule.forRootAsync({
      imports: [Config],
      inject: ['CONFIG'],
      useFactory: () => ({ embedded: true as const, logger: false as const }),
    });
    const app = await NestFactory.createApplicationContext(
      { module: App, imports: [GlobalProvider, dq] },
      { logger: false },
    );
    await app.close();
    expect(seen.all).toEqual(HOOKS);
  });

  it('while consumers still stop before any of it', async () => {
    @Injectable()
    class Jobs {
      @DqHandler('dq-default')
      async run(_: unknown, job: { readonly signal: AbortSignal }): Promise<void> {
        seen.add('running');
        await new Promise((resolve) => job.signal.addEventListener('abort', resolve));
        seen.add('aborted');
      }
    }
    const options = { embedded: true as const, shutdownDeadline: 50 };
    const app = await NestFactory.createApplicationContext(
      rootOf(options, [GlobalProvider], [], { providers: [Jobs] }),
      { logger: false },
    );
    await app.get(DqProducer).delay(1, 0);
    await seen.next();
    await app.close();
    expect(seen.all).toEqual(['running', 'aborted', ...HOOKS]);
  });
});

describe('on servers', () => {
  const bed = testBed();
  let nest11: PackedFolder;
  let nest12: PackedFolder;

  beforeAll(async () => {
    const prepared = async (version: string): Promise<PackedFolder> => {
      const folder = await PackedFolder.create();
      const nest = ['common', 'core', 'microservices', 'platform-express'].map((name) => [`@nestjs/${name}`, version]);
      await folder.install({ ...Object.fromEntries(nest), 'reflect-metadata': '^0.2.2', rxjs: '^7.8.0' });
      await folder.copy();
      await folder.script('close-script.ts');
      return folder;
    };
    nest11 = await prepared('^11.0.0');
    nest12 = await prepared('^12.0.0');
  }, 300_000);

  afterAll(async () => {
    await Promise.all([nest11, nest12].map((folder) => folder?.remove()));
  });

  it('the nodes have what was scheduled in the last hook', async () => {
    const app = await NestFactory.createApplicationContext(rootOf({ ...bed.servers }, [GlobalProvider]), {
      logger: false,
    });
    await app.close();
    expect(seen.all).toEqual(HOOKS);
    expect(await bed.waiting('dq-default')).toBeGreaterThanOrEqual(2 * 3);
    await bed.wipe();
  });

  // How Nest orders hooks is not documented: these hold what is used of it, for each release that is supported.
  it.each([
    ['11', () => nest11],
    ['12', () => nest12],
  ])(
    'on Nest %s, in contexts, microservices, several applications and after a failed start; and the process ends',
    async (_, folder) => {
      const { code, stdout, stderr } = await folder().node('close-script.js', { SERVERS: JSON.stringify(bed.servers) });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const each = (name: string): readonly string[] => HOOKS.map((hook) => `${name} ${hook}`);
      const lines = stdout.trim().split('\n');
      // A context is closed thrice: Nest calls its hooks again, when its producers are closed.
      expect(lines.filter((line) => !line.startsWith('context') && line.includes('DQ_'))).toEqual([]);
      for (const name of ['context', 'microservice', 'one', 'other', 'broken']) {
        expect(lines).toEqual(expect.arrayContaining([...each(name)]));
      }
      expect(lines.at(-1)).toBe('closed');
      await bed.wipe();
    },
    120_000,
  );
});
