import { describe, expect, it } from '@jest/globals';
import { RIGHTS } from '../../lib/core/redis/redis-fault.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { Commands, environmentOf, lines, stable } from './cli-bed.js';

const bed = testBed();
const dq = new Commands(bed);

describe('nodes', () => {
  it('shows what each node says of itself', async () => {
    const out = await dq.said('nodes');
    const row = (node: number): unknown =>
      expect.stringMatching(`^10.0.0.${node}  up  1\\.1\\d+  <distance>  \\d+  on$`);
    expect(out.split('\n')).toEqual(['NODE  STATE  VERSION  UPTIME  CONNECTIONS  BINLOG', row(1), row(2), row(3), '']);
    expect(await dq.json('nodes')).toMatchObject({
      nodes: bed.cluster.endpoints.map((node) => ({ node, reachable: true, binlog: true })),
      away: [],
    });
  });

  it('shows one that is away as away', async () => {
    await bed.cluster.node(0).kill();
    const { out, err } = await dq.ends(['nodes'], 3, {});
    expect(stable(bed, out).split('\n')[1]).toBe('10.0.0.1  away  ?  ?  ?  ?');
    expect(stable(bed, err)).toMatch(/^10\.0\.0\.1 is away: .*ECONNREFUSED/);
  });
});

describe('next', () => {
  it('shows the job that is due next, and ends with 1 where none waits', async () => {
    const tube = bed.tube();
    await dq.ends(['next', tube], 1, { out: `No job waits in ${tube}.\n`, err: '' });
    const producer = bed.app({ tubes: [tube] }).producer(tube);
    const handles = [
      await producer.delay('x', '2h', { id: 'later' }),
      await producer.delay('x', '1h', { id: 'sooner' }),
    ];
    expect(await dq.said('next', tube)).toBe(lines('id  sooner', 'due  <moment> (<distance>)'));
    expect(await dq.json('next', tube)).toEqual({
      tube,
      next: { id: 'sooner', dueAt: expect.stringMatching(/Z$/) },
      away: [],
    });
    for (const handle of handles) await producer.revoke(handle);
  });
});

describe('peek and status', () => {
  it('show what is in a job, where its copies are, and what became of it', async () => {
    const { producer, tube } = bed.idle();
    const options = { id: 'mine', headers: { traceparent: '00-1' }, attempts: 3 };
    const handle = await bed.naming(() => producer.delay({ a: 'é' }, '1h', options));
    const nodes = handle
      .split(',')
      .slice(0, 3)
      .map((copy) => copy.split('/'))
      .map(([node = '', , number = '']) => `${stable(bed, node)}  ${number}  scheduled`);
    expect(await dq.said('peek', handle)).toBe(
      lines(
        `tube  ${tube}`,
        'id  mine',
        'due  <moment> (<distance>)',
        'own attempts  3',
        'header traceparent  00-1',
        'state  scheduled',
        '',
        'NODE  NUMBER  COPY',
        ...nodes,
        '',
        'payload (10 bytes):',
        '  {"a":"é"}',
      ),
    );
    expect(await dq.said('status', handle)).toBe(
      lines('state  scheduled', 'due  <moment> (<distance>)', 'copies  3 of 3 seen'),
    );
    expect(await dq.said('status', 'mine', '--tube', tube)).toBe(
      lines('state  scheduled', 'due  <moment> (<distance>)'),
    );
    expect(await dq.said('revoke', handle)).toBe('revoked: it never runs (again)\n');
    expect(await dq.said('status', handle)).toBe('state  revoked\n');
    const gone = await dq.ends(['peek', handle, '--json'], 1, { err: '' });
    expect(JSON.parse(gone.out)).toMatchObject({
      tube,
      copies: [{ state: 'gone' }, { state: 'gone' }, { state: 'gone' }],
      status: { state: 'revoked' },
    });
    await dq.ends(['status', 'nobody', '--tube', tube], 1, { out: /unknown/ });
    await bed.wipe();
  });

  it('by an id alone say of the job that is due next that it waits, and of another what that may mean', async () => {
    const { producer, tube } = bed.idle();
    const [soon, late] = [await producer.delay('x', '1h'), await producer.delay('x', '2h')];
    const idOf = (handle: string): string => handle.split(',').at(-1) as string;
    expect(await dq.said('next', tube)).toContain(idOf(soon));
    expect(await dq.said('status', idOf(soon), '--tube', tube)).toBe(
      lines('state  scheduled', 'due  <moment> (<distance>)'),
    );
    await dq.ends(['status', idOf(late), '--tube', tube], 1, {
      out: `state  unknown: no claim knows it. It waits for its first attempt in ${tube}, ended longer ago than is kept, or never existed. Its handle would tell.\n`,
      err: '',
    });
    await dq.refuses(['status', idOf(soon)], /--tube/);
    await bed.wipe();
  });

  it('show a plain job, whose tube nobody declared', async () => {
    const tube = bed.tube();
    const producer = bed.app({ tubes: [{ name: tube, format: 'plain' }] }).producer(tube);
    const handle = await bed.naming(() => producer.delay('plainly', '1h'));
    const dqs = handle.split(',').slice(0, 3).join(',');
    for (const one of [handle, dqs]) {
      const { out } = await dq.ends(['peek', one], 0, { out: /^format +plain\n/m });
      expect(out).toContain('  "plainly"\n');
    }
    expect(await dq.said('revoke', handle)).toBe('revoked: it never runs (again)\n');
    await bed.wipe();
  });

  it('refuse what is no handle with 2, and a handle of other nodes too', async () => {
    for (const handle of ['nonsense', '10.9.9.9:1/tube/1,abc'])
      for (const command of ['peek', 'status', 'revoke']) await dq.refuses([command, handle], /Expected a handle/);
  });

  it('show a hostile payload without harm', async () => {
    const tube = bed.tube();
    const producer = bed.app({ tubes: [{ name: tube, codec: 'raw' }] }).producer(tube);
    const handle = await producer.delay('\u001b[2J\u009b31m\u202eevil\nid  fake', '1h', { headers: { x: '\u001b[H' } });
    for (const json of [[], ['--json']]) {
      const { out } = await dq.run(['peek', handle, ...json]);
      expect(out.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\p{Cf}]*$/u);
      expect(out).toContain('\\u001b[2J\\u009b31m\\u202eevil');
    }
    expect((await dq.run(['peek', handle])).out).toContain('\n  id  fake\n');
    await producer.revoke(handle);
  });
});

describe('revoke', () => {
  it('asks before it takes back more than one, and says what became of each', async () => {
    const { producer } = bed.idle();
    const handles = [await producer.delay('a', '1h'), await producer.delay('b', '1h')];
    const revoke = ['revoke', ...handles];
    await dq.refuses(revoke, /--yes/);
    const nothing = { out: '', err: 'Revoke 2 jobs? [y/N] nestjs-dq: Nothing was done.\n' };
    await dq.ends(revoke, 1, nothing, { answers: ['n'] });
    expect(await producer.status(handles[0] as string)).toMatchObject({ state: 'scheduled' });
    const revoked = await dq.ends([...revoke, '--json'], 0, {}, { answers: ['y'] });
    expect(JSON.parse(revoked.out)).toEqual({
      revoked: handles.map((handle) => ({ handle, outcome: 'revoked' })),
      away: [],
    });
    await bed.wipe();
  });
});

describe('history', () => {
  it('shows the last attempts of a tube that keeps them, and says where nothing is kept', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, history: { last: 100 } }] });
    const fail = { attempts: 2, backoff: { type: 'fixed', delay: 1 } } as const;
    app.consume(
      tube,
      (data) => {
        if (data === 'bad') throw new Error('no such mailbox\nsecond line');
      },
      fail,
    );
    await app.producer(tube).delay('bad', 0, { id: 'bad' });
    await app.event('copy-buried', 3);
    await app.producer(tube).delay('good', 0, { id: 'good' });
    await bed.redis((redis) => until(async () => (await redis.xlen(`dq:{${tube}}!log`)) === 3));
    expect(await dq.said('history', tube)).toBe(
      lines(
        'ENDED  ID  OUTCOME  ATTEMPT  LATE  TOOK',
        '<distance>  good  done  1  <distance>  <distance>',
        '<distance>  bad  dead  2  <distance>  <distance>',
        '  attempt 2 of 2 failed: no such mailbox',
        '<distance>  bad  retrying  1  <distance>  <distance>',
        '  no such mailbox',
      ),
    );
    const one = (await dq.json('history', tube, '--id', 'good', '--since', '1h')) as { history: unknown[] };
    expect(one.history).toMatchObject([{ id: 'good', outcome: 'done' }]);
    expect(await dq.said('history', bed.tube())).toMatch(/^Nothing is kept of /);
    await dq.refuses(['history', tube, '--outcome', 'lost']);
    await dq.refuses(['history', tube, '--limit', '0']);
    await app.close();
    await bed.wipe();
  });
});

describe('a right that a feature needs', () => {
  it('and that is missing is named, with the place of the list, and nothing is said of what may have been done', async () => {
    const tube = bed.tube();
    const rights = ['on', 'nopass', '~dq:*', ...RIGHTS.split(' '), '+info'];
    await bed.redis((redis) => redis.call('ACL', 'SETUSER', 'looker', 'reset', ...rights));
    const REDIS_URL = bed.cluster.redisUrl.replace('redis://', 'redis://looker:any@');
    for (const [command, args] of [
      ['xrevrange', ['history', tube]],
      ['hscan', ['schedules', 'list', tube]],
    ] as const) {
      const missing = { err: new RegExp(`'${command}' command`) };
      const { err } = await dq.ends(args, 3, missing, { env: { ...environmentOf(bed), REDIS_URL } });
      expect(err).toContain(`allow it +${command}. docs/guides/ready-for-production.md lists`);
      expect(err).not.toMatch(/Whether it was done|evalsha/);
    }
    await bed.redis((redis) => redis.call('ACL', 'DELUSER', 'looker'));
  });
});
