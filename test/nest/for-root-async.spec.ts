import { ConfigurableModuleBuilder, Injectable, Module } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import {
  DqModule,
  type DqModuleAsyncOptions,
  type DqModuleOptions,
  type DqOptionsFactory,
  DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { failOnLeaks } from '../support/leaks.js';
import { Orders } from './orders.js';
import { NOWHERE, StubServers } from './stub-servers.js';

const servers = new StubServers();
failOnLeaks();

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
      expect(servers.written).toEqual(['dq-default', 'orders']);
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
      expect(module.get(Wants).producer.tube).toBe('dq-default');
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
