import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { Commands, lines, makeDead, stable } from './cli-bed.js';

const bed = testBed();
const dq = new Commands(bed);

function onEach(counts: { readonly ready: number; readonly buried: number }): unknown[] {
  return bed.cluster.nodes.map(() => ({ reserved: 0, delayed: 0, ...counts }));
}

async function deadIds(tube: string, ...args: readonly string[]): Promise<string[]> {
  const { letters } = (await dq.json('dead', 'list', tube, ...args)) as { letters: { id: string }[] };
  return letters.map(({ id }) => id).toSorted();
}

describe('dead list and show', () => {
  it('show dead letters with their reasons, and one with its payload', async () => {
    const tube = bed.tube();
    await dq.ends(['dead', 'list', tube], 0, { out: `${tube} has no dead letters.\n`, err: '' });
    await makeDead(bed, tube, { a: { to: 'x\u001b[K' }, b: 2 }, 'no such \u001b[Kbox');
    const [head, ...rows] = (await dq.said('dead', 'list', tube)).trimEnd().split('\n');
    const reason = '  the handler gave it up: no such \\u001b[Kbox';
    expect(head).toBe('ID  DUE  ATTEMPTS  COPIES');
    expect(rows.toSorted()).toEqual([reason, reason, 'a  <distance>  1  3', 'b  <distance>  1  3']);
    const show = await dq.said('dead', 'show', tube, 'a');
    expect(show.replaceAll(/10\.0\.0\.\d\/\d+/g, '<copy>')).toBe(
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
    await dq.ends(['dead', 'show', tube, 'c'], 1, { err: '' });
    await bed.wipe();
  });
});

describe('dead list', () => {
  it('holds no more than a page at once, however many are shown: a kill would leave them ready', async () => {
    const tube = bed.tube();
    await bed.raw(0, async (client) => {
      for (let at = 0; at < 60; at++) {
        await client.put(`${Date.now()}00000${at}/"x"`, { tube });
        await client.bury((await client.reserve(tube))?.id ?? 0);
      }
    });
    // It holds what it has taken while it waits for an answer.
    await bed.cluster.redis.pause();
    const over = new AbortController();
    const args = ['dead', 'list', tube, '--limit', '60', '--timeout', '2s'];
    const listing = dq.run(args).finally(() => over.abort());
    let most = 0;
    while (!over.signal.aborted) most = Math.max(most, (await bed.copies(0, tube)).reserved);
    expect([(await listing).code, most]).toEqual([3, 20]);
    expect(await bed.copies(0, tube)).toMatchObject({ ready: 0, reserved: 0, buried: 60 });
    bed.cluster.redis.resume();
    expect(await deadIds(tube, '--limit', '60')).toHaveLength(60);
    await bed.wipe();
  });
});

describe('dead retry', () => {
  it('lets one letter run again without a question, and says where there is none', async () => {
    const tube = bed.tube();
    await makeDead(bed, tube, { a: 1, b: 2 });
    await dq.ends(['dead', 'retry', tube, 'a'], 0, { out: '1 dead letter: run again.\n', err: '' });
    expect(await deadIds(tube)).toEqual(['b']);
    await dq.ends(['dead', 'retry', tube, 'a'], 1, { out: /no dead letter a/ });
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
    await dq.refuses(
      args,
      `nestjs-dq: Expected --yes, since nobody can be asked here: Let all dead letters of ${tube} run again? Nothing was done.\n`,
    );
    for (const answer of ['', 'n', 'yesterday']) await dq.ends(args, 1, { out: '' }, { answers: [answer] });
    expect(await deadIds(tube)).toEqual(['a', 'b']);
    await dq.ends(args, 0, { out: '2 dead letters: run again.\n' }, { answers: ['Yes'] });
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
    for (const how of ['retry', 'delete']) await dq.refuses(['dead', how, 'tube', ...args, '-y']);
  });
});

describe('dead delete', () => {
  it('asks, and deletes for good', async () => {
    const tube = bed.tube();
    await makeDead(bed, tube, { a: 1, b: 2, c: 3 });
    await dq.refuses(['dead', 'delete', tube, 'a']);
    const asked = { err: `Delete the dead letter a of ${tube} for good? [y/N] ` };
    const one = await dq.ends(['dead', 'delete', tube, 'a', '--json'], 0, asked, { answers: ['y'] });
    expect(JSON.parse(one.out)).toEqual({ tube, id: 'a', done: true, away: [] });
    expect(await deadIds(tube)).toEqual(['b', 'c']);
    await dq.ends(['dead', 'delete', tube, '--all', '-y'], 0, { out: '2 dead letters: deleted.\n', err: '' });
    expect(await bed.copiesOnEach(tube)).toEqual(onEach({ ready: 0, buried: 0 }));
  });
});

describe('kick', () => {
  it('lets at most n letters run again with all their copies, and says how many are left', async () => {
    const tube = bed.tube();
    await makeDead(bed, tube, { a: 1, b: 2, c: 3 });
    const { err } = await dq.ends(['kick', tube, '2'], 0, { out: '2 dead letters: run again.\n' });
    expect(stable(bed, err)).toBe(
      lines('Dead copies that are left: 1 on 10.0.0.1, 1 on 10.0.0.2, 1 on 10.0.0.3. See `dead list`.'),
    );
    expect(await bed.copiesOnEach(tube)).toEqual(onEach({ ready: 2, buried: 1 }));
    await dq.refuses(['kick', tube, 'many']);
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
    await dq.ends(['kick', tube, '9'], 0, { out: '0 dead letters: run again.\n' });
    const retry = ['dead', 'retry', tube, '--limit', '9', '--may-have-run'];
    expect(await dq.run(retry)).toMatchObject({ out: '1 dead letter: run again.\n' });
    await bed.wipe();
  });
});

describe('an id that begins with a dash, as one of 64 does', () => {
  it('is an id wherever one may stand, and no option', async () => {
    const tube = bed.tube();
    const id = '-dash--and-22-letters-';
    await makeDead(bed, tube, { [id]: 1 });
    await dq.ends(['status', id, '--tube', tube], 0, { out: /^state +dead/, err: '' });
    await dq.ends(['dead', 'show', tube, id], 0, { out: new RegExp(`^id +${id}\n`), err: '' });
    await dq.ends(['history', tube, '--id', id], 0, { err: '' });
    expect(await dq.json('dead', 'delete', tube, id, '--yes')).toMatchObject({ tube, id, done: true });
    // One that is none, and is no option either (control).
    await dq.refuses(['dead', 'show', tube, '-dash'], /unknown option '-dash'/);
    await bed.wipe();
  });
});
