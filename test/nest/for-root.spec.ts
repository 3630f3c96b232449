import { Inject, Injectable, Module } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { DqModule, DqProducer, getDqProducerToken, InjectDqProducer } from 'nestjs-dq';
import { failOnLeaks } from '../support/leaks.js';
import { Orders } from './orders.js';
import { NOWHERE, StubServers } from './stub-servers.js';

const servers = new StubServers();
failOnLeaks();

describe('forRoot', () => {
  it('gives producers of the default tube and of each declared one', async () => {
    const root = DqModule.forRoot({ ...NOWHERE, tubes: ['orders', { name: 'mails', attempts: 2 }] });
    await servers.run({ imports: [root], providers: [Orders] }, async (module) => {
      const { unnamed, named } = module.get(Orders);
      expect(unnamed).toBeInstanceOf(DqProducer);
      expect(unnamed.tube).toBe('dq-default');
      expect(named.tube).toBe('orders');
      expect(module.get<DqProducer>(getDqProducerToken('mails')).tube).toBe('mails');
      expect(getDqProducerToken()).toBe(DqProducer);
      await unnamed.delay(1, '1h');
      await named.delay({ id: '1' }, '1h');
      expect(servers.written).toEqual(['dq-default', 'orders']);
    });
  });

  it('takes the default tube from the nodes', async () => {
    const beanstalks = NOWHERE.beanstalks.map((endpoint) => ({ endpoint, tube: 'mine' }));
    await servers.run({ imports: [DqModule.forRoot({ ...NOWHERE, beanstalks })] }, (module) => {
      expect(module.get(DqProducer).tube).toBe('mine');
    });
  });

  it('gives one producer to all who ask for a tube', async () => {
    const imports = [DqModule.forRoot({ ...NOWHERE, tubes: ['dq-default', 'orders'] }), DqModule.forFeature('orders')];
    await servers.run({ imports, providers: [Orders] }, (module) => {
      const { unnamed, named } = module.get(Orders);
      expect(module.get(getDqProducerToken('orders'))).toBe(named);
      expect(module.get(getDqProducerToken('dq-default'))).toBe(unnamed);
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
      expect(module.get(DqProducer).tube).toBe('dq-default');
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
