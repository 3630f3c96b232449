// What a handler does to what it is given stays with its attempt.
import { describe, expect, it } from '@jest/globals';
import type { DqCodec, DqTubeOptions } from 'nestjs-dq';
import { EmbeddedApp } from '../support/embedded-app.js';
import { failOnLeaks } from '../support/leaks.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const spoiling: DqCodec = {
  encode: String,
  decode: (bytes) => {
    const text = bytes.toString();
    bytes.fill(0);
    return text;
  },
};
const TUBE: DqTubeOptions = { name: 'work', attempts: 3, backoff: { type: 'fixed', delay: 20 } };

/** Notes its payload, spoils it, and fails. */
function spoil(seen: string[]): (data: unknown) => never {
  return (data) => {
    seen.push(String(data));
    if (Buffer.isBuffer(data)) data.fill(0);
    throw new Error('told to fail');
  };
}

describe('bytes that a handler was given', () => {
  failOnLeaks();

  it.each<[string, Partial<DqTubeOptions>, unknown]>([
    ['a Buffer on a tube of JSON', {}, Buffer.from('hello')],
    ['a raw tube', { codec: 'raw' }, 'hello'],
    ['a plain tube', { codec: 'raw', format: 'plain' }, 'hello'],
    ['a codec that writes into what it reads', { codec: spoiling }, 'hello'],
  ])('are as they were sent in each attempt, and as a dead letter: %s', async (_what, options, payload) => {
    const app = new EmbeddedApp({ tubes: [{ ...TUBE, ...options }] });
    const seen: string[] = [];
    app.start(spoil(seen));
    await app.producer.delay(payload, 0);
    await until(() => app.eventsOf('copy-buried').length > 0);
    const [letter] = await app.runtime.inspector.dead('work');
    const shown = String(letter?.data);
    if (Buffer.isBuffer(letter?.data)) letter.data.fill(0);
    const [again] = await app.runtime.inspector.dead('work');
    await app.close();
    expect(seen).toEqual(['hello', 'hello', 'hello']);
    expect([shown, String(again?.data)]).toEqual(['hello', 'hello']);
  });

  it('control: a payload of JSON was made anew for each attempt before', async () => {
    const app = new EmbeddedApp({ tubes: [TUBE] });
    const seen: unknown[] = [];
    app.start((data) => {
      const order = data as { state: string };
      seen.push(order.state);
      order.state = 'spoilt';
      throw new Error('told to fail');
    });
    await app.producer.delay({ state: 'new' }, 0);
    await until(() => app.eventsOf('job-dead').length > 0);
    await app.close();
    expect(seen).toEqual(['new', 'new', 'new']);
  });

  it('headers that a handler changed are as they were sent in the next attempt', async () => {
    const app = new EmbeddedApp({ tubes: [TUBE] });
    const seen: unknown[] = [];
    app.start((_data, job) => {
      seen.push({ ...job.headers });
      (job.headers as Record<string, string>)['traceparent'] = 'spoilt';
      throw new Error('told to fail');
    });
    await app.producer.delay({}, 0, { headers: { traceparent: '00-1' } });
    await until(() => app.eventsOf('job-dead').length > 0);
    await app.close();
    expect(seen).toEqual(Array.from({ length: 3 }, () => ({ traceparent: '00-1' })));
  });
});

describe('bytes that a handler was given, on servers', () => {
  const bed = testBed();

  it('are as they were sent in an attempt that the same process makes', async () => {
    const tube = bed.tube();
    const seen: string[] = [];
    const app = bed.app({ tubes: [{ ...TUBE, name: tube }] }).consume(tube, spoil(seen));
    await app.producer(tube).delay(Buffer.from('hello'), 0);
    await app.event('job-dead');
    expect(seen).toEqual(['hello', 'hello', 'hello']);
    await app.event('copy-buried', 3);
    await app.runtime.inspector.deleteAll(tube);
  });
});
