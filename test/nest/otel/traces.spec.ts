// Spans of an application: what belongs to which trace, and what they say.
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, it } from '@jest/globals';
import {
  DqAgain,
  type DqEvent,
  DqGiveUp,
  DqModule,
  type DqOptions,
  type DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { DqOtelModule } from 'nestjs-dq/otel';
import type { BedApp } from '../nest-bed.js';
import { seen } from '../seen.js';
import { type Act, failsFirst, shop, tracedShop, type Wanted } from './traced-shop.js';

const { sdk, nests, create, traced } = tracedShop();

/** Throws it, though it is no error. */
function toss(thrown: Error): never {
  throw thrown;
}

const EMBEDDED = { embedded: true, beanstalks: undefined, redis: undefined } as unknown as Partial<DqOptions>;

async function post(app: BedApp, orders: readonly number[]): Promise<void> {
  await Promise.all(
    orders.map(async (n) => {
      const answer = await fetch(`${await app.nest.getUrl()}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify({ n }),
      });
      expect([answer.status, await answer.text()]).toEqual([201, 'placed']);
    }),
  );
}

/** The same, which listens as one does whose HTTP server is instrumented. */
async function listening(act?: Act, options?: Wanted): Promise<BedApp> {
  const app = await create(act, options);
  app.nest.use((_request: unknown, response: NodeJS.EventEmitter, next: () => void) => {
    void sdk.within('POST /orders', async () => {
      const done = new Promise((resolve) => response.once('finish', resolve));
      next();
      await done;
    });
  });
  await app.nest.listen(0, '127.0.0.1');
  return app;
}

describe.each([
  ['on servers', {}],
  ['embedded', EMBEDDED],
])('from a request through delay to the handler and its retry, %s', (_, place) => {
  it('is one trace with parent', async () => {
    const app = await listening(failsFirst, { ...place, otel: { relation: 'parent' } });
    await post(app, [1]);
    const [first, second] = await sdk.spans('process', 2);
    const [request] = await sdk.spans('POST');
    const [scheduled] = await sdk.spans('schedule');
    expect(scheduled).toMatchObject({
      name: `schedule ${app.tube}`,
      kind: SpanKind.PRODUCER,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'messaging.system': 'nestjs_dq',
        'messaging.operation.name': 'schedule',
        'messaging.operation.type': 'send',
        'messaging.destination.name': app.tube,
        'messaging.message.id': expect.stringMatching(/^\S{10,}$/),
        'dq.due': expect.stringMatching(/^20.*Z$/),
        'messaging.message.body.size': expect.any(Number),
      },
    });
    const id = scheduled!.attributes['messaging.message.id'];
    expect(first).toMatchObject({
      name: `process ${app.tube}`,
      kind: SpanKind.CONSUMER,
      status: { code: SpanStatusCode.ERROR, message: 'told to fail' },
      events: [{ name: 'exception', attributes: { 'exception.type': 'TypeError' } }],
      attributes: {
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.message.id': id,
        'dq.attempt': 1,
        'dq.late_ms': expect.any(Number),
        'dq.handler': 'Jobs.run',
        'dq.outcome': 'failed',
        'error.type': 'TypeError',
      },
    });
    expect(second).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'messaging.message.id': id, 'dq.attempt': 2, 'dq.outcome': 'completed' },
    });
    const traces = new Set([request, scheduled, first, second].map((span) => span!.spanContext().traceId));
    expect(traces.size).toBe(1);
    expect(scheduled!.parentSpanContext?.spanId).toBe(request!.spanContext().spanId);
    for (const span of [first, second]) {
      expect(span!.parentSpanContext?.spanId).toBe(scheduled!.spanContext().spanId);
      expect(span!.links).toEqual([]);
    }
  });

  it('is a trace for each attempt with link, each linked to the one that scheduled it', async () => {
    const app = await listening(failsFirst, place);
    await post(app, [1]);
    const attempts = await sdk.spans('process', 2);
    const [request] = await sdk.spans('POST');
    const [scheduled] = await sdk.spans('schedule');
    expect(scheduled!.spanContext().traceId).toBe(request!.spanContext().traceId);
    const traces = new Set([...attempts, request!].map((span) => span.spanContext().traceId));
    expect(traces.size).toBe(3);
    for (const { links, parentSpanContext } of attempts) {
      expect(parentSpanContext).toBeUndefined();
      const { traceId, spanId } = scheduled!.spanContext();
      expect(links).toMatchObject([{ context: { traceId, spanId } }]);
    }
  });

  it('does not mix what is under way at once', async () => {
    const orders = Array.from({ length: 20 }, (__, n) => n);
    const act: Act = async (data) => {
      await new Promise(setImmediate);
      trace.getActiveSpan()?.setAttribute('n', (data as { readonly n: number }).n);
    };
    const app = await listening(act, { ...place, otel: { relation: 'parent' } });
    await post(app, orders);
    const numbered = [...(await sdk.spans('process', 20)), ...(await sdk.spans('POST', 20))];
    const told = numbered.map((span) => `${String(span.attributes['n'])} ${span.spanContext().traceId}`);
    expect(new Set(told).size).toBe(20);
    expect(numbered.map((span) => span.attributes['n'])).toEqual(expect.arrayContaining(orders));
  });
});

describe('the context of a job', () => {
  it('reaches its handler with baggage, and what that schedules is a child of its span', async () => {
    const app = await traced(async (data, job) => {
      const baggage = propagation.getBaggage(context.active())?.getEntry('shop')?.value;
      seen.add(`baggage ${baggage} ${String(job.headers['traceparent'] !== undefined)}`);
      if (data === 'first') await app.send('second');
    });
    const baggage = propagation.createBaggage({ shop: { value: 'paris' } });
    await context.with(propagation.setBaggage(context.active(), baggage), () => app.send('first'));
    const [first, second] = await sdk.spans('process', 2);
    const [, scheduled] = await sdk.spans('schedule', 2);
    expect(seen.all).toEqual(['attempt 1', 'baggage paris true', 'attempt 1', 'baggage paris true']);
    expect(scheduled!.parentSpanContext?.spanId).toBe(first!.spanContext().spanId);
    expect(second!.links[0]?.context.spanId).toBe(scheduled!.spanContext().spanId);
  });

  it('is not touched where the caller gives a traceparent, and is linked to', async () => {
    const own = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', kind: 'own' };
    const app = await traced((_, { headers }) => seen.add(JSON.stringify(headers)));
    const baggage = propagation.createBaggage({ shop: { value: 'paris' } });
    const request = propagation.setBaggage(context.active(), baggage);
    await context.with(request, () => sdk.within('request', () => app.send(1, { headers: own })));
    const [attempt] = await sdk.spans('process');
    expect(seen.all[1]).toBe(JSON.stringify(own));
    expect(attempt!.links).toMatchObject([{ context: { traceId: '0af7651916cd43dd8448eb211c80319c' } }]);
  });

  it('is left out where the headers of the caller leave no room, rather than that the job is refused', async () => {
    const app = await traced((_, { headers }) => seen.add(Object.keys(headers).join()));
    await app.send(1, { headers: { large: 'x'.repeat(8_150) } });
    await app.send(1, { headers: { large: 'x'.repeat(8_000) } });
    const attempts = await sdk.spans('process', 2);
    expect(seen.all.toSorted().slice(2)).toEqual(['large', 'traceparent,large']);
    expect(attempts.flatMap(({ links }) => links)).toHaveLength(1);
  });

  it('is left out where it would make a body too large, rather than that the job is refused', async () => {
    const app = await traced((_, { headers }) => seen.add(`headers ${Object.keys(headers).join()}`), {
      maxBodyBytes: 1_000,
    });
    const sizeOf = async (): Promise<unknown> =>
      (await sdk.spans('schedule')).at(-1)?.attributes['messaging.message.body.size'];
    await app.send('');
    await seen.next(2);
    const [attempt] = await sdk.spans('process', 1);
    const room = 1_000 - Number(await sizeOf());
    expect(seen.all).toEqual(['attempt 1', 'headers traceparent']);
    expect(attempt!.links).toHaveLength(1);
    seen.clear();
    await app.send('x'.repeat(room));
    await app.send('x'.repeat(room + 1));
    await expect(app.send('x'.repeat(1_000))).rejects.toMatchObject({ code: 'DQ_BODY_TOO_LARGE' });
    expect((await seen.next(4)).toSorted()).toEqual(['attempt 1', 'attempt 1', 'headers ', 'headers traceparent']);
    const sizes = (await sdk.spans('schedule', 4)).map(({ attributes }) => attributes['messaging.message.body.size']);
    expect(sizes.slice(1)).toEqual([1_000, expect.any(Number), undefined]);
  });

  it('is not there on a plain tube, whose jobs have no headers', async () => {
    const app = await nests.run((tube) => ({
      imports: [DqOtelModule.forRoot(), DqModule.forFeature({ name: tube, format: 'plain' })],
      providers: shop(tube).slice(1),
    }));
    await app.send('plain');
    const [first, second] = await sdk.spans('process', 2);
    const [scheduled] = await sdk.spans('schedule');
    expect(scheduled!.attributes['messaging.message.id']).toBe(first!.attributes['messaging.message.id']);
    expect([first!.links, second!.links]).toEqual([[], []]);
  });

  it('is none of the boot, whose span has ended when jobs run', async () => {
    const told: string[] = [];
    const onEvent = (event: DqEvent): void => {
      if (event.type === 'job-failed') told.push(String(trace.getActiveSpan() === undefined));
    };
    const boot = (imports: readonly object[]): Promise<BedApp> =>
      sdk.within('boot', () =>
        nests.run((tube) => ({ imports: [...imports] as [], providers: shop(tube).slice(1) }), { onEvent }),
      );
    const app = await boot([DqOtelModule.forRoot()]);
    await app.send(1);
    const attempts = await sdk.spans('process', 2);
    expect(attempts.map(({ parentSpanContext }) => parentSpanContext)).toEqual([undefined, undefined]);
    expect(told).toEqual(['true']);
    // Without the module it is that of the boot (control).
    const other = await boot([]);
    await other.send(1);
    await seen.next(4);
    expect(told).toEqual(['true', 'false']);
  });
});

describe('what a span says', () => {
  it('of a schedule that is refused is its code', async () => {
    const app = await traced();
    const producer = app.nest.get<DqProducer>(getDqProducerToken(app.tube));
    await expect(producer.delay(1, -5)).rejects.toMatchObject({ code: 'DQ_DELAY' });
    const [scheduled] = await sdk.spans('schedule');
    expect(scheduled).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'DQ_DELAY' },
    });
    expect(scheduled!.attributes).not.toHaveProperty('dq.due');
  });

  it('of DqAgain is no error, of DqGiveUp is one', async () => {
    const app = await traced((_, { attempt }) => {
      if (seen.all.length === 1) return new DqAgain(1 * attempt);
      throw new DqGiveUp('the account is closed');
    });
    await app.send(1);
    const [again, given] = await sdk.spans('process', 2);
    expect(again).toMatchObject({ status: { code: SpanStatusCode.UNSET }, attributes: { 'dq.outcome': 'again' } });
    expect(again!.events).toEqual([]);
    expect(given).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'the account is closed' },
      attributes: { 'dq.outcome': 'given-up', 'error.type': 'DqGiveUp' },
    });
    await nests.bury(app.tube);
  });

  it('never shows a payload, nor what was thrown and is no error', async () => {
    const app = await traced((data, { attempt }) => (attempt === 1 ? toss(data as Error) : undefined));
    await app.send({ card: '4111' });
    const [failed] = await sdk.spans('process', 2);
    expect(failed).toMatchObject({ status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': '_OTHER' } });
    const told = sdk.all.map(({ attributes, events, status }) => ({ attributes, events, status }));
    expect(JSON.stringify(told)).not.toContain('4111');
  });

  it('is over with the timeout, though the handler goes on', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const app = await traced((_, { attempt }) => (attempt === 1 ? held : undefined), { own: { timeout: 20 } });
    await app.send(1);
    const [aborted, completed] = await sdk.spans('process', 2);
    expect(aborted).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'dq.outcome': 'aborted', 'error.type': 'DQ_TIMEOUT' },
    });
    expect(completed).toMatchObject({ attributes: { 'dq.outcome': 'completed' } });
    release();
    await app.event('result-late');
    expect(sdk.all.filter(({ name }) => name.startsWith('process'))).toHaveLength(2);
  });
});
