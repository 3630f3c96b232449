// What DqOtelModule takes, and where it may stand.
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { DqModule, type DqProducer, getDqProducerToken } from 'nestjs-dq';
import { DqOtelModule, type DqOtelOptions } from 'nestjs-dq/otel';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';
import type { BedApp } from '../nest-bed.js';
import { shop, tracedShop } from './traced-shop.js';

const { sdk, nests } = tracedShop();

describe('DqOtelModule', () => {
  it.each<[unknown, RegExp]>([
    [{ relation: 'child' }, /^Expected relation to be 'link' or 'parent', got 'child'\.$/],
    [{ metric: true }, /only relation, metrics, observe, got 'metric'/],
    [{ metrics: 1 }, /metrics to be true or false, got 1/],
    [{ metrics: false, observe: true }, /Expected metrics with observe/],
    [null, /to be an object, got null/],
  ])('refuses options that are wrong, and says what is right: %j', async (options, message) => {
    const refused = { code: 'DQ_OPTIONS', message: expect.stringMatching(message) };
    await expect(DqOtelModule.forRoot(options as DqOtelOptions)).rejects.toMatchObject(refused);
  });

  it('is refused at boot when an application has it twice, which would make each span twice', async () => {
    const run = nests.run((tube) => ({
      imports: [DqOtelModule.forRoot(), DqOtelModule.forRootAsync({ useFactory: () => ({}) })],
      providers: shop(tube).slice(1),
    }));
    await expect(run).rejects.toMatchObject({
      code: 'DQ_OPTIONS',
      message: expect.stringMatching(
        /^Expected DqOtelModule\.forRoot .* once in an application, got it 2 times: each span/,
      ),
    });
    expect(sdk.all).toEqual([]);
  });

  it('takes its options from a factory too, which are checked at the boot', async () => {
    const run = (relation: string): Promise<BedApp> =>
      nests.run((tube) => ({
        imports: [
          DqOtelModule.forRootAsync({ useFactory: () => ({ relation: relation as 'parent', metrics: false }) }),
        ],
        providers: shop(tube).slice(1),
      }));
    await expect(run('child')).rejects.toMatchObject({ code: 'DQ_OPTIONS' });
    const app = await run('parent');
    await app.send(1);
    const [attempt] = await sdk.spans('process', 2);
    const [scheduled] = await sdk.spans('schedule');
    expect(attempt!.parentSpanContext?.spanId).toBe(scheduled!.spanContext().spanId);
  });

  it('is under test as any part of an application, on virtual time', async () => {
    const [orders, jobs] = shop('work');
    const builder = Test.createTestingModule({
      imports: [DqModule.forRoot({ embedded: true, tubes: ['work'], logger: false }), DqOtelModule.forRoot()],
      controllers: [orders!],
      providers: [jobs!],
    });
    const moduleRef = await useDqTesting(builder).compile();
    try {
      await moduleRef.init();
      await moduleRef.get<DqProducer>(getDqProducerToken('work')).delay(1, '30d');
      await moduleRef.get(DqTesting).advance('31d');
      const [failed, completed] = await sdk.spans('process', 2);
      const [scheduled] = await sdk.spans('schedule');
      for (const { links } of [failed!, completed!])
        expect(links[0]?.context).toMatchObject({ spanId: scheduled!.spanContext().spanId });
    } finally {
      await moduleRef.close();
    }
  });
});
