import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { Commands, lines, stable } from './cli-bed.js';

const bed = testBed();
const dq = new Commands(bed);

describe('key', () => {
  it('finds, moves and cancels what waits under a key', async () => {
    const { producer, tube } = bed.idle();
    const handle = await producer.delay({ a: 1 }, '1h', { key: 'order 42' });
    const id = handle.split(',').at(-1);
    expect(await dq.said('key', 'find', tube, 'order 42')).toBe(
      lines(
        `id  ${id}`,
        'state  scheduled',
        'due  <moment> (<distance>)',
        'attempts  0',
        `handle  ${stable(bed, handle)}`,
      ),
    );
    const move = ['key', 'move', tube, 'order 42'];
    await dq.ends([...move, '--delay', '2h'], 0, { out: 'moved: due in 2h\n', err: '' });
    const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1_800_000);
    await dq.ends([...move, '--at', at.toISOString()], 0, {});
    expect((await producer.find('order 42'))?.dueAt).toEqual(at);
    const cancel = ['key', 'cancel', tube, 'order 42'];
    await dq.refuses(cancel, /--yes/);
    await dq.ends([...cancel, '-y'], 0, { out: 'cancelled: it never runs (again)\n', err: '' });
    const none = { out: `Nothing stands under the key order 42 of ${tube}.\n`, err: '' };
    for (const args of [
      ['key', 'find', tube, 'order 42'],
      [...cancel, '-y'],
      [...move, '--delay', '1h'],
    ])
      await dq.ends(args, 1, none);
    const found = await dq.json('key', 'find', tube, 'order 42');
    expect(found).toEqual({ tube, key: 'order 42', job: null, away: [] });
    await bed.wipe();
  });

  it('says that a handler has the job', async () => {
    const tube = bed.tube();
    let finish = (): void => {};
    const app = bed.handling(tube, () => new Promise<void>((resolve) => (finish = resolve)));
    await app.producer(tube).delay('x', 0, { key: 'k' });
    await app.runs.next();
    await dq.ends(['key', 'move', tube, 'k', '--delay', '1h'], 1, { out: /^running:/ });
    await dq.ends(['key', 'cancel', tube, 'k', '-y'], 1, { out: /^running:/ });
    finish();
    await bed.drained();
  });

  it.each([
    ['no moment', []],
    ['two', ['--at', '2030-01-01T00:00:00Z', '--delay', '1h']],
    ['a day that its month does not have', ['--at', '2030-02-31T00:00:00Z']],
    ['one without a zone', ['--at', '2030-01-01T00:00:00']],
    ['one that has passed', ['--at', '2020-01-01T00:00:00Z']],
    ['a delay that is none', ['--delay', 'soon']],
  ])('refuses to move to %s with 2', async (_what, args) => {
    await dq.refuses(['key', 'move', 'tube', 'k', ...args]);
  });
});

describe('pause, resume and paused', () => {
  it('pause asks; all of them say what holds', async () => {
    const tube = bed.tube();
    const { inspector } = bed.app({ tubes: [tube] }).runtime;
    await dq.refuses(['pause', tube], new RegExp(`Pause ${tube} everywhere\\?`));
    await dq.ends(['paused', tube], 0, { out: 'No tube is paused.\n', err: '' });
    // It has no jobs yet.
    const warned = { err: /^No node has .*\n$/ };
    const paused = await dq.ends(['pause', tube, '--for', '10m', '--reason', 'migration', '-y'], 0, warned);
    expect(stable(bed, paused.out)).toBe(`${tube} is paused, until <moment> (<distance>).\n`);
    expect(await inspector.paused()).toMatchObject([{ tube, reason: 'migration' }]);
    expect(await dq.said('paused', tube)).toBe(
      lines('TUBE  SINCE  UNTIL', `${tube}  <moment> (<distance>)  <distance>`, '  migration'),
    );
    expect(await dq.json('paused', tube)).toMatchObject({ paused: [{ tube, reason: 'migration' }] });
    await dq.ends(['resume', tube], 0, { out: `${tube} goes on within a second.\n`, err: '' });
    await dq.ends(['resume', tube], 1, { out: `${tube} was not paused.\n`, err: '' });
    await dq.refuses(['pause', tube, '--for', 'ever', '-y'], /Expected --for to be a duration/);
    // What it takes until a pause holds is no server's time.
    await dq.ends(['pause', tube, '--timeout', '500ms', '-y'], 0, { err: paused.err });
    await dq.ends(['paused', tube], 0, { out: / {2}somebody resumes it\n$/ });
    // Nobody has written to it yet, and nobody reads it.
    await dq.ends(['paused'], 0, { out: new RegExp(tube) });
    await dq.ends(['counts'], 0, { out: new RegExp(`^${tube} .* paused$`, 'm') });
    await inspector.resume(tube);
  });
});
