// An option that is undefined is absent: in types, also with exactOptionalPropertyTypes, and at run time.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DqHandler, type DqJob, DqModule, DqProducer, getDqProducerToken } from 'nestjs-dq';
import { DqTestingModule } from 'nestjs-dq/testing';
import { Test } from '@nestjs/testing';
import { MODULE_OPTIONS, TUBE_OPTIONS } from '../../lib/core/options/option-names.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { goodOptions, wrongOptions } from '../support/dq-options.js';
import { EmbeddedNest } from './embedded-nest.js';
import { PackedFolder } from './packed-folder.js';

const nest = new EmbeddedNest();
const { seen } = nest;

const REQUIRED = new Set(['beanstalks', 'redis', 'name']);
const undefinedOf = (names: ReadonlySet<string>): Record<string, undefined> =>
  Object.fromEntries([...names].filter((name) => !REQUIRED.has(name)).map((name) => [name, undefined]));
const withoutFunctions = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('at run time', () => {
  it('options of the module, of tubes, nodes and defaults come to the same', () => {
    const tube = { name: 'orders', ...undefinedOf(TUBE_OPTIONS) };
    const one = resolveOptions(
      wrongOptions({ ...undefinedOf(MODULE_OPTIONS), tubes: [tube], defaults: undefinedOf(TUBE_OPTIONS) }),
    );
    const other = resolveOptions(goodOptions({ tubes: ['orders'], defaults: {} }));
    expect(withoutFunctions({ ...one, tubes: [...one.tubes] })).toEqual(
      withoutFunctions({ ...other, tubes: [...other.tubes], defaults: one.defaults }),
    );
  });

  it('nested options come to the same', () => {
    const options = goodOptions({
      beanstalks: [{ endpoint: 'a:1', tube: undefined }, 'b:1'],
      defaults: { backoff: { type: 'exponential', delay: 5, factor: undefined, max: undefined, jitter: undefined } },
      embedded: undefined,
    });
    expect(resolveOptions(options).defaultTube).toBe(resolveOptions(goodOptions()).defaultTube);
    expect(resolveOptions({ embedded: { file: undefined } }).embedded).toEqual({ file: undefined });
  });

  it('headers travel without what is undefined, and jobs have the rest of their options', async () => {
    class Jobs {
      @DqHandler('a', { concurrency: undefined, attempts: undefined, timeout: undefined, backoff: undefined })
      run(_: unknown, { headers, attempts }: DqJob): void {
        seen.add([headers, attempts]);
      }

      @DqHandler({ tube: 'b', lease: undefined })
      other(): void {}
    }
    const module = await nest.run({ providers: [Jobs] }, { defaults: { attempts: 3, timeout: undefined } });
    const producer = module.get<DqProducer>(getDqProducerToken('a'));
    const none = { id: undefined, priority: undefined, attempts: undefined, backoff: undefined, expires: undefined };
    await producer.delay(1, 0, { ...none, headers: { traceparent: undefined, tenant: 'acme' } });
    expect(await seen.next()).toEqual([[{ tenant: 'acme' }, 3]]);
    await producer.delay(1, 0, { ...none, headers: { traceparent: undefined } });
    expect(await seen.next()).toEqual([[{}, 3]]);
    await producer.delay(1, 0, { ...none, headers: undefined });
    expect(await seen.next()).toEqual([[{}, 3]]);
    await producer.at(1, Date.now() + 1, undefined);
    expect(await seen.next()).toEqual([[{}, 3]]);
    const report = await producer.delayMany([{ data: 1, delay: 0, ...none, headers: { a: undefined, b: 'c' } }], {
      inFlight: undefined,
      onResult: undefined,
    });
    expect(report.scheduled).toBe(1);
    expect(await seen.next()).toEqual([[{ b: 'c' }, 3]]);
  });

  it('a header that is null, or no string, is still refused (control)', async () => {
    const producer = (await nest.run({})).get<DqProducer>(getDqProducerToken('a'));
    for (const value of [null, 7, {}]) {
      const headers = { traceparent: value } as unknown as Record<string, string>;
      await expect(producer.delay(1, 0, { headers })).rejects.toMatchObject({ code: 'DQ_OPTIONS' });
    }
  });

  it('a tube whose options are all undefined is a name alone, which may be declared again', async () => {
    await nest.run(
      { imports: [DqModule.forFeature({ name: 'a', attempts: undefined, format: undefined })] },
      {
        tubes: [{ name: 'a', attempts: 2 }],
        logger: undefined,
      },
    );
  });

  it('what stands beside the options, and the settings of tests, too', async () => {
    const imports = [
      DqTestingModule.forRoot(
        { tubes: undefined, isGlobal: undefined, logger: false, consume: undefined },
        { now: undefined, date: undefined, patience: undefined },
      ),
    ];
    const module = await Test.createTestingModule({ imports }).compile();
    await module.init();
    expect(module.get(DqProducer).tube).toBe('dq-default');
    await module.close();
  });
});

describe('in types, with exactOptionalPropertyTypes', () => {
  let folder: PackedFolder;

  beforeAll(async () => {
    folder = await PackedFolder.create();
    await folder.copy();
  });

  afterAll(() => folder.remove());

  const types = (text: string): string => `import { DqHandler, DqInspector, DqModule, DqProducer } from 'nestjs-dq';
import { DqTesting, DqTestingModule } from 'nestjs-dq/testing';
declare const none: undefined;
declare const producer: DqProducer;
declare const testing: DqTesting;
declare const inspector: DqInspector;
const servers = { beanstalks: ['a:1', { endpoint: 'b:1', tube: none }], redis: 'redis://c' };
${text}
`;
  const compiled = async (text: string): Promise<string> => {
    await folder.write('main.ts', types(text));
    const options = { exactOptionalPropertyTypes: true, experimentalDecorators: true };
    return (await folder.compile(['main.ts'], options)).stdout;
  };

  it('every option may be undefined', async () => {
    const run = 'concurrency: none, attempts: none, backoff: none, timeout: none, lease: none';
    const tube = `${run}, format: none, codec: none, priority: none, ttr: none, expires: none`;
    const shared =
      `tubes: none, defaults: { ${tube} }, consume: none, commandDeadline: none, shutdownDeadline: none, retention: none, ` +
      'maxBodyBytes: none, onEvent: none, logger: none, isGlobal: none';
    const job = 'id: none, priority: none, attempts: none, backoff: none, expires: none, headers: none';
    const text = `
DqModule.forRoot({ ...servers, copies: none, minWrites: none, embedded: none, ${shared} });
DqModule.forRoot({ ...servers, redis: { host: none, port: none, password: none, tls: none, sentinels: none, db: none } });
DqModule.forRoot({ embedded: { file: none }, beanstalks: none, redis: none, copies: none, minWrites: none, ${shared} });
DqModule.forRootAsync({ useFactory: () => ({ ...servers, ${shared.replace(', isGlobal: none', '')} }), tubes: none, isGlobal: none });
DqModule.forFeature({ name: 'a', ${tube} });
DqTestingModule.forRoot({ ${shared} }, { now: none, date: none, patience: none });
void producer.delay(1, 0, { ${job} });
void producer.delay(1, 0, { headers: { traceparent: none, tenant: 'acme' }, backoff: { type: 'exponential', delay: 1, factor: none, max: none, jitter: none } });
void producer.delayMany([{ data: 1, delay: 0, ${job} }], { inFlight: none, onResult: none });
void producer.atMany([{ data: 1, at: 0, ${job} }]);
void inspector.dead('a', { limit: none });
void inspector.retryAll('a', { mayHaveRun: none });
void testing.advance(1, { limit: none, patience: none });
void testing.run('a', 1, { attempt: none, dueAt: none, patience: none, id: none, headers: none });
export class Jobs {
  @DqHandler('a', { ${run} })
  one(): void {}
  @DqHandler({ tube: 'b', ${run} })
  other(): void {}
}`;
    expect(await compiled(text)).toBe('');
  });

  it('what is required may not, and names stay known (control)', async () => {
    expect(await compiled('DqModule.forRoot({ ...servers, redis: none });')).toContain('TS2');
    expect(await compiled('DqModule.forRoot({ ...servers, retries: none });')).toContain('TS2');
    expect(await compiled('DqHandler(none as unknown as undefined, { attempts: 1 });')).toContain('TS2');
  });
});
