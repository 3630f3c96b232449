import { ConfigurableModuleBuilder, Inject, Injectable, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DqModule,
  type DqModuleAsyncOptions,
  type DqModuleOptions,
  type DqOptionsFactory,
  DqProducer,
  getDqProducerToken,
  InjectDqProducer,
} from 'nestjs-dq';
import { type Census, countResources, expectNoLeaks } from '../support/leaks.js';
import { NOWHERE, StubServers } from './stub-servers.js';

let servers: StubServers;
let before: Census;

beforeEach(() => {
  before = countResources();
  servers = new StubServers();
});

afterEach(async () => {
  await expectNoLeaks(before);
});

/** Wants both kinds of producers, as a user's service does. */
@Injectable()
class Orders {
  constructor(
    readonly unnamed: DqProducer,
    @InjectDqProducer('orders') readonly named: DqProducer<{ id: string }>,
  ) {}
}

@Injectable()
class Settings {
  readonly copies = 2;
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class SettingsFactory implements DqOptionsFactory {
  constructor(private readonly settings: Settings) {}

  createDqOptions(): DqModuleOptions {
    return { ...NOWHERE, copies: this.settings.copies };
  }
}

@Injectable()
class LateFactory implements DqOptionsFactory {
  async createDqOptions(): Promise<DqModuleOptions> {
    return { ...NOWHERE, copies: 2 };
  }
}

@Module({ imports: [SettingsModule], providers: [SettingsFactory], exports: [SettingsFactory] })
class FactoryModule {}

describe('forRoot', () => {
  it('gives producers of the default tube and of each declared one', async () => {
    const root = DqModule.forRoot({ ...NOWHERE, tubes: ['orders', { name: 'mails', attempts: 2 }] });
    await servers.run({ imports: [root], providers: [Orders] }, async (module) => {
      const { unnamed, named } = module.get(Orders);
      expect(unnamed).toBeInstanceOf(DqProducer);
      expect(unnamed.tube).toBe('default');
      expect(named.tube).toBe('orders');
      expect(module.get<DqProducer>(getDqProducerToken('mails')).tube).toBe('mails');
      expect(getDqProducerToken()).toBe(DqProducer);
      await unnamed.delay(1, '1h');
      await named.delay({ id: '1' }, '1h');
      expect(servers.written).toEqual(['default', 'orders']);
    });
  });

  it('takes the default tube from the nodes', async () => {
    const beanstalks = NOWHERE.beanstalks.map((endpoint) => ({ endpoint, tube: 'mine' }));
    await servers.run({ imports: [DqModule.forRoot({ ...NOWHERE, beanstalks })] }, (module) => {
      expect(module.get(DqProducer).tube).toBe('mine');
    });
  });

  it('gives one producer to all who ask for a tube', async () => {
    const imports = [DqModule.forRoot({ ...NOWHERE, tubes: ['default', 'orders'] }), DqModule.forFeature('orders')];
    await servers.run({ imports, providers: [Orders] }, (module) => {
      const { unnamed, named } = module.get(Orders);
      expect(module.get(getDqProducerToken('orders'))).toBe(named);
      expect(module.get(getDqProducerToken('default'))).toBe(unnamed);
    });
  });

  it('is global by default: a module need not import it', async () => {
    @Module({ providers: [Orders] })
    class OrdersModule {}
    const imports = [DqModule.forRoot({ ...NOWHERE, tubes: ['orders'] }), OrdersModule];
    await servers.run({ imports }, (module) => {
      expect(module.get(Orders).named.tube).toBe('orders');
    });
  });

  it('is not global when told so: a module has to import it', async () => {
    const root = DqModule.forRoot({ ...NOWHERE, tubes: ['orders'], isGlobal: false });
    @Module({ providers: [Orders] })
    class Apart {}
    await expect(servers.module({ imports: [root, Apart] }).compile()).rejects.toThrow(/dependencies of the Orders/);

    @Module({ imports: [root], exports: [DqModule] })
    class Queue {}
    @Module({ imports: [Queue], providers: [Orders] })
    class Joined {}
    await servers.run({ imports: [Joined] }, (module) => {
      expect(module.get(Orders).named.tube).toBe('orders');
    });
  });

  it('refuses a second one', async () => {
    const imports = [DqModule.forRoot(NOWHERE), DqModule.forRootAsync({ useFactory: () => NOWHERE })];
    await expect(servers.module({ imports }).compile()).rejects.toMatchObject({
      code: 'DQ_OPTIONS',
      message: expect.stringMatching(/once in an application, got it 2 times.*forFeature/),
    });
  });

  it('is one module, wherever the same one is imported', async () => {
    const root = DqModule.forRoot(NOWHERE);
    @Module({ imports: [root] })
    class Feature {}
    await servers.run({ imports: [root, Feature] }, (module) => {
      expect(module.get(DqProducer).tube).toBe('default');
    });
  });
});

describe('forRootAsync', () => {
  it.each<[string, DqModuleAsyncOptions]>([
    [
      'useFactory, imports and inject',
      { imports: [SettingsModule], inject: [Settings], useFactory: ({ copies }: Settings) => ({ ...NOWHERE, copies }) },
    ],
    ['an async useFactory', { useFactory: async () => ({ ...NOWHERE, copies: 2 }) }],
    ['useClass', { imports: [SettingsModule], useClass: SettingsFactory }],
    ['an async factory class', { useClass: LateFactory }],
    ['useExisting', { imports: [FactoryModule], useExisting: SettingsFactory }],
  ])('takes %s', async (_, options) => {
    const imports = [DqModule.forRootAsync({ ...options, tubes: ['orders'] })];
    await servers.run({ imports, providers: [Orders] }, async (module) => {
      const { unnamed, named } = module.get(Orders);
      await unnamed.delay(1, '1h');
      await named.delay({ id: '1' }, '1h');
      expect(servers.written).toEqual(['default', 'orders']);
      expect(servers.nodes.flatMap(({ puts }) => puts)).toHaveLength(4);
    });
  });

  it('takes tubes from beside the factory and from the factory; a name may stand in both', async () => {
    const options: DqModuleAsyncOptions = {
      tubes: ['orders', { name: 'mails', priority: 'high' }],
      useFactory: () => ({ ...NOWHERE, tubes: [{ name: 'orders', priority: 'low' }, 'bills'] }),
    };
    const imports = [DqModule.forRootAsync(options), DqModule.forFeature('bills')];
    await servers.run({ imports, providers: [Orders] }, async (module) => {
      await module.get(Orders).named.delay({ id: '1' }, '1h');
      await module.get<DqProducer>(getDqProducerToken('bills')).delay(1, '1h');
      await module.get<DqProducer>(getDqProducerToken('mails')).delay(1, '1h');
      const bands = servers.nodes[0]?.puts.map(({ tube, priority }) => [tube, Math.floor(priority / 2 ** 30)]);
      expect(bands).toEqual([
        ['orders', 2],
        ['bills', 1],
        ['mails', 0],
      ]);
    });
  });

  it('can be not global too', async () => {
    const root = DqModule.forRootAsync({ isGlobal: false, useFactory: () => NOWHERE });
    @Injectable()
    class Wants {
      constructor(readonly producer: DqProducer) {}
    }
    @Module({ providers: [Wants] })
    class Apart {}
    await expect(servers.module({ imports: [root, Apart] }).compile()).rejects.toThrow(/dependencies of the Wants/);
    await servers.run({ imports: [root], providers: [Wants] }, (module) => {
      expect(module.get(Wants).producer.tube).toBe('default');
    });
  });

  it('says so when the factory returns nothing', async () => {
    const imports = [DqModule.forRootAsync({ useFactory: (() => undefined) as unknown as () => DqModuleOptions })];
    await expect(servers.module({ imports }).compile()).rejects.toMatchObject({
      code: 'DQ_OPTIONS',
      message: expect.stringMatching(/got undefined.*factory/),
    });
  });

  it('passes on what the factory throws', async () => {
    const imports = [DqModule.forRootAsync({ useFactory: () => Promise.reject(new Error('no settings')) })];
    await expect(servers.module({ imports }).compile()).rejects.toThrow('no settings');
  });

  it('fits into a configurable module of the user', async () => {
    const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<{ tube: string }>().build();
    @Module({})
    class Platform extends ConfigurableModuleClass {}
    const platform = Platform.register({ tube: 'mine' });
    const dq = DqModule.forRootAsync({
      imports: [{ ...platform, exports: [MODULE_OPTIONS_TOKEN] }],
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: ({ tube }: { tube: string }) => ({
        ...NOWHERE,
        beanstalks: NOWHERE.beanstalks.map((endpoint) => ({ endpoint, tube })),
      }),
    });
    await servers.run({ imports: [dq] }, (module) => {
      expect(module.get(DqProducer).tube).toBe('mine');
    });
  });
});

describe('forFeature', () => {
  const root = () => DqModule.forRoot(NOWHERE);

  it('declares tubes by name and with options, and gives their producers to its module alone', async () => {
    @Module({ imports: [DqModule.forFeature('orders', { name: 'mails', priority: 'high' })], providers: [Orders] })
    class OrdersModule {
      constructor(@InjectDqProducer('mails') readonly mails: DqProducer<string>) {}
    }
    @Module({ providers: [Orders] })
    class Other {}
    await servers.run({ imports: [root(), OrdersModule] }, async (module) => {
      expect(module.get(Orders).named.tube).toBe('orders');
      await module.get(OrdersModule).mails.delay('hello', '1h');
      expect(servers.nodes[0]?.puts[0]?.priority).toBeLessThan(2 ** 30);
    });
    await expect(servers.module({ imports: [root(), OrdersModule, Other] }).compile()).rejects.toThrow(
      /dependencies of the Orders/,
    );
  });

  it('exports its producers with the module that imports it', async () => {
    const feature = DqModule.forFeature('orders');
    @Module({ imports: [feature], exports: [feature] })
    class OrdersModule {}
    await servers.run({ imports: [root(), OrdersModule], providers: [Orders] }, (module) => {
      expect(module.get(Orders).named.tube).toBe('orders');
    });
  });

  it.each([
    ['before', ['orders', { name: 'orders', priority: 'high' }]],
    ['after', [{ name: 'orders', priority: 'high' }, 'orders']],
  ] as const)('takes a name in one module %s the options in another', async (_, [one, other]) => {
    @Module({ imports: [DqModule.forFeature(one)], providers: [Orders] })
    class One {}
    @Module({ imports: [DqModule.forFeature(other)] })
    class Other {
      constructor(@InjectDqProducer('orders') readonly orders: DqProducer) {}
    }
    await servers.run({ imports: [One, Other, root()] }, async (module) => {
      expect(module.get(Orders).named).toBe(module.get(Other).orders);
      await module.get(Orders).named.delay({ id: '1' }, '1h');
      expect(servers.nodes[0]?.puts[0]?.priority).toBeLessThan(2 ** 30);
    });
  });

  it('takes a name twice in one call', async () => {
    const imports = [root(), DqModule.forFeature('orders', { name: 'orders', attempts: 2 })];
    await servers.run({ imports, providers: [Orders] }, (module) => {
      expect(module.get(Orders).named.tube).toBe('orders');
    });
  });

  it('refuses the options of one tube in two places, wherever these are', async () => {
    const orders = { name: 'orders', attempts: 2 };
    const again = { name: 'orders', attempts: 3 };
    const refused = {
      code: 'DQ_OPTIONS',
      message: expect.stringContaining('options of tube "orders" in one place, got them twice'),
    };
    for (const imports of [
      [root(), DqModule.forFeature(orders), DqModule.forFeature(again)],
      [root(), DqModule.forFeature(orders, again)],
      [DqModule.forRoot({ ...NOWHERE, tubes: [orders] }), DqModule.forFeature(again)],
      [DqModule.forRootAsync({ tubes: [orders], useFactory: () => ({ ...NOWHERE, tubes: [again] }) })],
    ]) {
      await expect(servers.module({ imports }).compile()).rejects.toMatchObject(refused);
    }
    // Control: the same options, not others like them.
    await servers.run({ imports: [root(), DqModule.forFeature(orders), DqModule.forFeature(orders)] }, () => undefined);
  });

  it('works beside a root that is not global', async () => {
    const quiet = DqModule.forRoot({ ...NOWHERE, isGlobal: false });
    @Module({ imports: [DqModule.forFeature('orders')] })
    class OrdersModule {
      constructor(@InjectDqProducer('orders') readonly orders: DqProducer) {}
    }
    await servers.run({ imports: [quiet, OrdersModule] }, (module) => {
      expect(module.get(OrdersModule).orders.tube).toBe('orders');
    });
  });

  it('declares a tube although a test replaces its producer', async () => {
    const fake = { delay: () => 'faked' };
    const imports = [root(), DqModule.forFeature('orders')];
    const module = await servers
      .module({ imports, providers: [Orders] })
      .overrideProvider(getDqProducerToken('orders'))
      .useValue(fake)
      .compile();
    expect(module.get(Orders).named).toBe(fake);
    await module.close();
  });

  it('names what is missing without forRoot', async () => {
    await expect(servers.module({ imports: [DqModule.forFeature('orders')] }).compile()).rejects.toThrow(/DqRuntime/);
  });

  it('refuses a tube that is none with the other options', async () => {
    for (const tube of [undefined, 7, {}, { name: 7 }]) {
      const imports = [root(), DqModule.forFeature(tube as unknown as string)];
      await expect(servers.module({ imports }).compile()).rejects.toMatchObject({
        code: expect.stringMatching(/^DQ_(TUBE_NAME|OPTIONS)$/),
      });
    }
    await expect(
      servers.module({ imports: [DqModule.forRoot({ ...NOWHERE, tubes: 'orders' as unknown as [] })] }).compile(),
    ).rejects.toMatchObject({ code: 'DQ_OPTIONS' });
  });

  it('serves a module that is loaded later', async () => {
    const { LazyModuleLoader } = await import('@nestjs/core');
    @Module({ imports: [DqModule.forFeature('orders', { name: 'later', priority: 'high' })] })
    class Late {
      constructor(@InjectDqProducer('later') readonly later: DqProducer) {}
    }
    await servers.run({ imports: [root()] }, async (module) => {
      const late = await module.get(LazyModuleLoader).load(() => Late);
      await late.get(Late).later.delay(1, '1h');
      expect(servers.written).toEqual(['later']);
    });
  });
});

it('injects by the token as well', async () => {
  @Injectable()
  class ByToken {
    @Inject(getDqProducerToken('orders')) readonly orders!: DqProducer;
    @InjectDqProducer() readonly unnamed!: DqProducer;
  }
  const imports = [DqModule.forRoot({ ...NOWHERE, tubes: ['orders'] })];
  await servers.run({ imports, providers: [ByToken] }, (module) => {
    expect(module.get(ByToken).orders.tube).toBe('orders');
    expect(module.get(ByToken).unnamed).toBe(module.get(DqProducer));
  });
});
