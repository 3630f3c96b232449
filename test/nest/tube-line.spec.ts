// The line at boot: which tubes have a handler in this process, and which have none.
import { Inject, Injectable, type ModuleMetadata } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { DqHandler, DqModule, type DqModuleOptions, DqProducer, InjectDqProducer } from 'nestjs-dq';
import { failOnLeaks } from '../support/leaks.js';
import { NOWHERE, StubServers } from './stub-servers.js';

const servers = new StubServers();
failOnLeaks();

@Injectable()
class OrderJobs {
  @DqHandler('orders', { concurrency: 20 })
  cancelUnpaid(): void {}
}

@Injectable()
class MailJobs {
  @DqHandler('mails')
  send(): void {}
}

@Injectable()
class Careful {
  constructor(@InjectDqProducer('orders') readonly orders: DqProducer) {}
}

@Injectable()
class Forgetful {
  constructor(readonly orders: DqProducer) {}
}

const REMEDY =
  'Put each class with @DqHandler among providers or controllers, or list the tubes of this process in consume.';

/** What an application of these parts writes while it starts. */
async function lines(metadata: ModuleMetadata, options: Partial<DqModuleOptions> = {}): Promise<readonly string[]> {
  const written: string[] = [];
  const to = (level: string) => (text: string) => void written.push(`${level}: ${text}`);
  const logger = { log: to('log'), warn: to('warn'), error: to('error') };
  const root = DqModule.forRoot({ ...NOWHERE, tubes: ['orders', 'mails'], logger, ...options } as DqModuleOptions);
  return servers.run({ ...metadata, imports: [root, ...(metadata.imports ?? [])] }, () => [...written]);
}

describe('the line of tubes', () => {
  it('names each handler, and how many jobs it runs at once', async () => {
    expect(await lines({ providers: [OrderJobs, MailJobs, Careful] }, { defaults: { concurrency: 7 } })).toEqual([
      'log: Tubes: orders (OrderJobs.cancelUnpaid, 20 at once), mails (MailJobs.send, 7 at once).',
    ]);
  });

  it('names the tubes whose handler is not among the providers', async () => {
    expect(await lines({ providers: [OrderJobs] })).toEqual([
      `warn: Tubes: orders (OrderJobs.cancelUnpaid, 20 at once); no handler here: mails. ${REMEDY}`,
    ]);
  });

  it('says what to do when there is no handler at all', async () => {
    expect(await lines({ providers: [Careful] })).toEqual([
      'warn: Tubes: no handler here: orders, mails. Put each class with @DqHandler among providers or controllers, or set ' +
        'consume: false if this process only schedules.',
    ]);
  });

  it('says of a process that consumes nothing that it only schedules', async () => {
    const only = ['log: Tubes: orders, mails. This process only schedules, as consume says.'];
    expect(await lines({ providers: [Careful] }, { consume: false })).toEqual(only);
    expect(await lines({ providers: [OrderJobs, MailJobs] }, { consume: [] })).toEqual(only);
  });

  it('tells a tube that consume leaves out from one without a handler', async () => {
    expect(
      await lines(
        { imports: [DqModule.forFeature('reports')], providers: [OrderJobs, MailJobs] },
        { consume: ['orders'] },
      ),
    ).toEqual([
      'log: Tubes: orders (OrderJobs.cancelUnpaid, 20 at once); not in consume: mails; no handler here: reports.',
    ]);
  });

  it('is not written with logger: false, and stays short', async () => {
    expect(await lines({ providers: [OrderJobs] }, { logger: false })).toEqual([]);
    const tubes = ['orders', ...Array.from({ length: 300 }, (_, at) => `tube-${at}`)];
    const [line = ''] = await lines({ providers: [OrderJobs] }, { tubes });
    expect(line).toMatch(/; no handler here: tube-0, .*, tube-19 and 280 more\. Put /);
  });
});

describe('the default tube has its place in the line of tubes', () => {
  const named = `warn: Tubes: orders (OrderJobs.cancelUnpaid, 20 at once); no handler here: mails, dq-default. ${REMEDY}`;

  it('when a producer is injected without @InjectDqProducer', async () => {
    expect(await lines({ providers: [OrderJobs, Forgetful] })).toEqual([named]);
  });

  it('when a property or a factory asks for it', async () => {
    @Injectable()
    class ByProperty {
      @Inject(DqProducer) readonly orders!: DqProducer;
    }
    const factory = { provide: 'SHOP', inject: [DqProducer], useFactory: (producer: DqProducer) => ({ producer }) };
    for (const provider of [ByProperty, factory]) {
      expect(await lines({ providers: [OrderJobs, provider] })).toEqual([named]);
    }
  });

  it('when it is declared, or has a handler, or is all there is', async () => {
    class Default {
      @DqHandler('dq-default')
      run(): void {}
    }
    const tubes = ['orders', 'mails', 'dq-default'];
    expect(await lines({ providers: [OrderJobs] }, { tubes })).toEqual([named]);
    expect(await lines({ providers: [Default] }, { tubes: [] })).toEqual([
      'log: Tubes: dq-default (Default.run, 10 at once).',
    ]);
    const [alone] = await lines({}, { tubes: [], consume: false });
    expect(alone).toBe('log: Tubes: dq-default. This process only schedules, as consume says.');
  });

  it('and not otherwise (control)', async () => {
    const [line] = await lines({ providers: [OrderJobs, MailJobs, Careful] });
    expect(line).not.toContain('dq-default');
  });
});
