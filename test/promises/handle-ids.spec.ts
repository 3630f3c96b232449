// The text of a handle becomes part of a key: its id is checked as ids are everywhere.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqDuplicateIdError, DqHandleError, DqJobIdError } from '../../lib/core/errors/argument.errors.js';
import { specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';

const NO_IDS: readonly (readonly [string, string])[] = [
  ['that is the key of an admission', 'invoice-7#'],
  ['that is the key of a write', 'invoice-7#generation'],
  ['that begins with a #', '#trial'],
  ['with a brace', 'invoice-7}'],
  ['in braces', '{other}:invoice-7'],
  ['with a NUL', 'invoice-7\u0000'],
  ['with a control character', 'invoice\u00017'],
  ['with DEL', 'invoice\u007f7'],
  ['with a line break', 'invoice-7\r\ndelete 1'],
  ['with a space', 'invoice 7'],
  ['with a quote', 'invoice"7'],
  ['with a backslash', 'invoice\\7'],
  ['with a star', 'invoice*'],
  ['with a slash', 'invoice/7'],
  ['with a comma', 'invoice,7'],
  ['with a letter beyond ASCII', 'invoice-7é'],
  ['with a mark that turns text around', 'invoice-7\u202e'],
  ['with a lone surrogate', 'invoice-7\ud800'],
  ['of 129 characters', 'i'.repeat(129)],
  ['that is empty', ''],
];

const servers = new TestBed();
afterEach(() => servers.wipe());
const bed = specBed(servers);

describe('a handle with an id', () => {
  it.each(NO_IDS)('%s is refused, and nothing is written', async (_what, id) => {
    const tubes = [bed.tube(), bed.tube()] as const;
    const app = bed.app({ tubes: [tubes[0], { name: tubes[1], format: 'plain' }] });
    await app.producer(tubes[0]).delay('x', '1h', { id: 'invoice-7' });
    const before = await bed.claims();
    for (const tube of tubes) {
      const handle = `${bed.cluster.node(0).endpoint}/${tube}/9,${id}`;
      await expect(app.producer(tube).revoke(handle)).rejects.toThrow(DqHandleError);
    }
    expect((await bed.claims()).map(({ key, value }) => [key, value])).toEqual(
      before.map(({ key, value }) => [key, value]),
    );
    // The id is still taken by its job.
    await expect(app.producer(tubes[0]).delay('x', '1h', { id: 'invoice-7' })).rejects.toMatchObject({
      code: 'DQ_DUPLICATE_ID',
      state: 'scheduled',
    });
  });

  it.each(NO_IDS)('%s is refused embedded too', async (_what, id) => {
    const { producer } = bed.embedded();
    await producer.delay('x', '1h', { id: 'invoice-7' });
    await expect(producer.revoke(`embedded/work/9,${id}`)).rejects.toThrow(DqHandleError);
    await expect(producer.delay('x', '1h', { id: 'invoice-7' })).rejects.toThrow(DqDuplicateIdError);
  });

  it('that every id may have is taken (control)', async () => {
    const tube = bed.tube();
    const { producer } = { producer: bed.app({ tubes: [tube] }).producer(tube) };
    const id = 'AZaz09._~:@+=-';
    expect(await producer.revoke(await producer.delay('x', '1h', { id }))).toBe('revoked');
    expect(await producer.revoke(await producer.delay('x', '1h', { id: 'i'.repeat(128) }))).toBe('revoked');
    expect(await producer.revoke(await producer.delay('x', '1h'))).toBe('revoked');
  });
});

describe('a dead letter', () => {
  it.each(NO_IDS)('is not asked for by an id %s', async (_what, id) => {
    const { inspector } = bed.embedded().runtime;
    await expect(inspector.retry('work', id)).rejects.toThrow(DqJobIdError);
    await expect(inspector.delete('work', id)).rejects.toThrow(DqJobIdError);
  });

  it('is found by its own, of whatever kind it is (control)', async () => {
    const [tube, plain] = [bed.tube(), bed.tube()];
    const fail = (): never => {
      throw new Error('no');
    };
    const app = bed
      .app({ tubes: [tube, { name: plain, format: 'plain' }] })
      .handle(tube, fail, { attempts: 1 })
      .consume(plain, fail, { attempts: 1 });
    await app.producer(tube).delay('x', 0, { id: 'invoice-7' });
    await app.producer(plain).delay('x', 0);
    await bed.raw(0, (client) => client.put('no job', { tube, delay: 0 }));
    await app.event('copy-buried', 7);
    const { inspector } = app.runtime;
    for (const name of [tube, plain]) {
      const letters = await inspector.dead(name);
      expect(letters.length).toBe(name === tube ? 2 : 1);
      for (const { id } of letters) expect(await inspector.delete(name, id)).toBe(true);
    }
    await bed.drained();
  });
});
