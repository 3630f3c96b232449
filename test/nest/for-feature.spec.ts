import { Module } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { DqModule, type DqProducer, getDqProducerToken, InjectDqProducer } from 'nestjs-dq';
import { failOnLeaks } from '../support/leaks.js';
import { Orders } from './orders.js';
import { NOWHERE, StubServers } from './stub-servers.js';

const servers = new StubServers();
failOnLeaks();

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
