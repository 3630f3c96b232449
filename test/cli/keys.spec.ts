import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { environmentOf, lines, stable } from './cli-bed.js';
import { ran, type Ran } from './cli-run.js';

const bed = testBed();

function run(...args: readonly string[]): Promise<Ran> {
  return ran(args, { env: environmentOf(bed) });
}

describe('key', () => {
  it('finds, moves and cancels what waits under a key', async () => {
    const tube = bed.tube();
    const producer = bed.app({ tubes: [tube] }).producer(tube);
    const handle = await producer.delay({ a: 1 }, '1h', { key: 'order 42' });
    const id = handle.split(',').at(-1);
    const found = await run('key', 'find', tube, 'order 42');
    expect(found).toMatchObject({ code: 0, err: '' });
    expect(stable(bed, found.out)).toBe(
      lines(
        `id  ${id}`,
        'state  scheduled',
        'due  <moment> (<distance>)',
        'attempts  0',
        `handle  ${stable(bed, handle)}`,
      ),
    );
    expect(await run('key', 'move', tube, 'order 42', '--delay', '2h')).toEqual({
      code: 0,
      out: 'moved: due in 2h\n',
      err: '',
    });
    const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1_800_000);
    expect(await run('key', 'move', tube, 'order 42', '--at', at.toISOString())).toMatchObject({ code: 0 });
    expect((await producer.find('order 42'))?.dueAt).toEqual(at);
    expect(await run('key', 'cancel', tube, 'order 42')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('--yes'),
    });
    expect(await run('key', 'cancel', tube, 'order 42', '-y')).toEqual({
      code: 0,
      out: 'cancelled: it never runs (again)\n',
      err: '',
    });
    for (const args of [['find'], ['cancel', '-y'], ['move', '--delay', '1h']]) {
      const [command = '', ...rest] = args;
      expect(await run('key', command, tube, 'order 42', ...rest)).toEqual({
        code: 1,
        out: `Nothing stands under the key order 42 of ${tube}.\n`,
        err: '',
      });
    }
    const none = await run('key', 'find', tube, 'order 42', '--json');
    expect(JSON.parse(none.out)).toEqual({ tube, key: 'order 42', job: null, away: [] });
    await bed.wipe();
  });

  it('says that a handler has the job', async () => {
    const tube = bed.tube();
    let finish = (): void => {};
    const app = bed.handling(tube, () => new Promise<void>((resolve) => (finish = resolve)));
    await app.producer(tube).delay('x', 0, { key: 'k' });
    await app.runs.next();
    expect(await run('key', 'move', tube, 'k', '--delay', '1h')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^running:/),
    });
    expect(await run('key', 'cancel', tube, 'k', '-y')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^running:/),
    });
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
    expect(await run('key', 'move', 'tube', 'k', ...args)).toMatchObject({ code: 2, out: '' });
  });
});

describe('pause, resume and paused', () => {
  it('pause asks; all of them say what holds', async () => {
    const tube = bed.tube();
    const { inspector } = bed.app({ tubes: [tube] }).runtime;
    expect(await run('pause', tube)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(`Pause ${tube} everywhere?`),
    });
    expect(await run('paused', tube)).toEqual({ code: 0, out: 'No tube is paused.\n', err: '' });
    const paused = await run('pause', tube, '--for', '10m', '--reason', 'migration', '-y');
    // It has no jobs yet.
    expect(paused).toMatchObject({ code: 0, err: expect.stringMatching(/^No node has .*\n$/) });
    expect(stable(bed, paused.out)).toBe(`${tube} is paused, until <moment> (<distance>).\n`);
    expect(await inspector.paused()).toMatchObject([{ tube, reason: 'migration' }]);
    expect(stable(bed, (await run('paused', tube)).out)).toBe(
      lines('TUBE  SINCE  UNTIL', `${tube}  <moment> (<distance>)  <distance>`, '  migration'),
    );
    expect(JSON.parse((await run('paused', tube, '--json')).out)).toMatchObject({
      paused: [{ tube, reason: 'migration' }],
    });
    expect(await run('resume', tube)).toEqual({ code: 0, out: `${tube} goes on within a second.\n`, err: '' });
    expect(await run('resume', tube)).toEqual({ code: 1, out: `${tube} was not paused.\n`, err: '' });
    expect(await run('pause', tube, '--for', 'ever', '-y')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('Expected --for to be a duration'),
    });
    // What it takes until a pause holds is no server's time.
    expect(await run('pause', tube, '--timeout', '500ms', '-y')).toMatchObject({ code: 0, err: paused.err });
    expect((await run('paused', tube)).out).toMatch(/ {2}somebody resumes it\n$/);
    // Nobody has written to it yet, and nobody reads it.
    expect((await run('paused')).out).toContain(tube);
    expect((await run('counts')).out).toMatch(new RegExp(`^${tube} .* paused$`, 'm'));
    await inspector.resume(tube);
  });
});
