import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { environmentOf, lines, makeDead, stable } from './cli-bed.js';
import { ran, type Ran, type RunSetting } from './cli-run.js';

const bed = testBed();

function run(args: readonly string[], setting: RunSetting = {}): Promise<Ran> {
  return ran(args, { env: environmentOf(bed), ...setting });
}

function onEach(counts: { readonly ready: number; readonly buried: number }): unknown[] {
  return bed.cluster.nodes.map(() => ({ reserved: 0, delayed: 0, ...counts }));
}

async function deadIds(tube: string): Promise<string[]> {
  const { letters } = JSON.parse((await run(['dead', 'list', tube, '--json'])).out) as { letters: { id: string }[] };
  return letters.map(({ id }) => id).toSorted();
}

describe('dead list and show', () => {
  it('show dead letters with their reasons, and one with its payload', async () => {
    const tube = bed.tube();
    expect(await run(['dead', 'list', tube])).toEqual({ code: 0, out: `${tube} has no dead letters.\n`, err: '' });
    await makeDead(bed, tube, { a: { to: 'x\u001b[K' }, b: 2 }, 'no such \u001b[Kbox');
    const { code, out, err } = await run(['dead', 'list', tube]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head, ...rows] = stable(bed, out).trimEnd().split('\n');
    const reason = '  the handler gave it up: no such \\u001b[Kbox';
    expect(head).toBe('ID  DUE  ATTEMPTS  COPIES');
    expect(rows.toSorted()).toEqual([reason, reason, 'a  <distance>  1  3', 'b  <distance>  1  3']);
    const show = await run(['dead', 'show', tube, 'a']);
    expect(show.code).toBe(0);
    expect(stable(bed, show.out).replaceAll(/10\.0\.0\.\d\/\d+/g, '<copy>')).toBe(
      lines(
        'id  a',
        'due  <moment> (<distance>)',
        'attempts  1',
        'reason  the handler gave it up: no such \\u001b[Kbox',
        'copies  <copy>, <copy>, <copy>',
        '',
        'payload (18 bytes):',
        '  {"to":"x\\u001b[K"}',
      ),
    );
    expect(await run(['dead', 'show', tube, 'c'])).toMatchObject({ code: 1, err: '' });
    await bed.wipe();
  });
});

describe('dead retry', () => {
  it('lets one letter run again without a question, and says where there is none', async () => {
    const tube = bed.tube();
    await makeDead(bed, tube, { a: 1, b: 2 });
    expect(await run(['dead', 'retry', tube, 'a'])).toEqual({ code: 0, out: '1 dead letter: run again.\n', err: '' });
    expect(await deadIds(tube)).toEqual(['b']);
    expect(await run(['dead', 'retry', tube, 'a'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('no dead letter a'),
    });
    const app = bed.handling(tube);
    await app.runs.next();
    expect(app.runs.all.map(({ id }) => id)).toEqual(['a']);
    await app.close();
    await bed.wipe();
  });

  it('asks before it lets all run again: refused with 2 where nobody can be asked, with 1 by who says no', async () => {
    const tube = bed.tube();
    await makeDead(bed, tube, { a: 1, b: 2 });
    const args = ['dead', 'retry', tube, '--all'];
    expect(await run(args)).toEqual({
      code: 2,
      out: '',
      err: `nestjs-dq: Expected --yes, since nobody can be asked here: Let all dead letters of ${tube} run again? Nothing was done.\n`,
    });
    for (const answer of ['', 'n', 'yesterday'])
      expect(await run(args, { answers: [answer] })).toMatchObject({ code: 1, out: '' });
    expect(await deadIds(tube)).toEqual(['a', 'b']);
    expect(await run(args, { answers: ['Yes'] })).toMatchObject({ code: 0, out: '2 dead letters: run again.\n' });
    expect(await deadIds(tube)).toEqual([]);
    await bed.wipe();
  });

  it.each([
    ['nothing', []],
    ['an id and --all', ['a', '--all']],
    ['an id and --limit', ['a', '--limit', '1']],
    ['a limit that is none', ['--limit', '0']],
    ['an id that none may be', ['a b']],
  ])('refuses %s with 2', async (_what, args) => {
    for (const how of ['retry', 'delete'])
      expect(await run(['dead', how, 'tube', ...args, '-y'])).toMatchObject({ code: 2, out: '' });
  });
});

describe('dead delete', () => {
  it('asks, and deletes for good', async () => {
    const tube = bed.tube();
    await makeDead(bed, tube, { a: 1, b: 2, c: 3 });
    expect(await run(['dead', 'delete', tube, 'a'])).toMatchObject({ code: 2, out: '' });
    const one = await run(['dead', 'delete', tube, 'a', '--json'], { answers: ['y'] });
    expect(one).toMatchObject({ code: 0, err: `Delete the dead letter a of ${tube} for good? [y/N] ` });
    expect(JSON.parse(one.out)).toEqual({ tube, id: 'a', done: true, away: [] });
    expect(await deadIds(tube)).toEqual(['b', 'c']);
    expect(await run(['dead', 'delete', tube, '--all', '-y'])).toEqual({
      code: 0,
      out: '2 dead letters: deleted.\n',
      err: '',
    });
    expect(await bed.copiesOnEach(tube)).toEqual(onEach({ ready: 0, buried: 0 }));
  });
});

describe('kick', () => {
  it('lets at most n letters run again with all their copies, and says how many are left', async () => {
    const tube = bed.tube();
    await makeDead(bed, tube, { a: 1, b: 2, c: 3 });
    const { code, out, err } = await run(['kick', tube, '2']);
    expect({ code, out }).toEqual({ code: 0, out: '2 dead letters: run again.\n' });
    expect(stable(bed, err)).toBe(
      lines('Dead copies that are left: 1 on 10.0.0.1, 1 on 10.0.0.2, 1 on 10.0.0.3. See `dead list`.'),
    );
    expect(await bed.copiesOnEach(tube)).toEqual(onEach({ ready: 2, buried: 1 }));
    expect(await run(['kick', tube, 'many'])).toMatchObject({ code: 2, out: '' });
    await bed.wipe();
  });

  it('leaves letters where they are that may have run before, and bodies that are no jobs', async () => {
    const tube = bed.tube();
    await makeDead(bed, tube, { a: 1 });
    // What Redis has forgotten may have run.
    await bed.redis((redis) => redis.flushall());
    await bed.raw(0, async (client) => {
      await client.put('no job', { tube });
    });
    const app = bed.handling(tube);
    await app.event('copy-buried', 1);
    await app.close();
    expect(await run(['kick', tube, '9'])).toMatchObject({ code: 0, out: '0 dead letters: run again.\n' });
    expect(await run(['dead', 'retry', tube, '--limit', '9', '--may-have-run'])).toMatchObject({
      out: '1 dead letter: run again.\n',
    });
    await bed.wipe();
  });
});
