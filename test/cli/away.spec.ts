// Servers that are away, or hang, or want a password.
import { describe, expect, it } from '@jest/globals';
import { HostileServer } from '../support/hostile-server.js';
import { testBed } from '../support/test-bed.js';
import { environmentOf, stable } from './cli-bed.js';
import { ran, type Ran } from './cli-run.js';

const bed = testBed({ redisArgs: ['--appendfsync', 'always'] });
const PASSWORD = 's3cr3t/word';

function run(...args: readonly string[]): Promise<Ran> {
  return ran([...args, '--timeout', '2s'], { env: environmentOf(bed) });
}

describe('a node that hangs', () => {
  it('is shown as not known in time, and what others say with it', async () => {
    const { producer, tube } = bed.idle();
    const handle = await bed.naming(() => producer.delay('x', '1h', { id: 'mine' }));
    await bed.cluster.node(1).pause();
    const counts = await run('counts');
    expect(counts.code).toBe(3);
    expect(stable(bed, counts.out)).toMatch(
      /10\.0\.0\.1 {2}1 .*\n.*10\.0\.0\.2 {2}\? {2}\? {2}\? {2}\? {2}\?\n.*10\.0\.0\.3 {2}1 /,
    );
    expect(stable(bed, counts.err)).toMatch(/^10\.0\.0\.2 is away: .*did not answer within/);
    const next = await run('next', tube);
    expect(next).toMatchObject({ code: 3, out: expect.stringMatching(/^id {3}mine\n/) });
    const peek = await run('peek', handle, '--json');
    expect(peek.code).toBe(3);
    const { copies } = JSON.parse(peek.out) as { copies: { node: string; state: string }[] };
    expect(copies.find(({ node }) => node === bed.cluster.endpoints[1])?.state).toBe('unknown');
    expect(copies.filter(({ state }) => state === 'scheduled')).toHaveLength(2);
    const dead = await run('dead', 'list', tube);
    expect(dead).toMatchObject({
      code: 3,
      out: `${tube} has no dead letters, as far as the servers that answered know.\n`,
    });
    // What Redis has said holds, whatever a node says.
    expect(await run('revoke', handle)).toMatchObject({ code: 0, out: 'revoked: it never runs (again)\n' });
    bed.cluster.node(1).resume();
    await bed.wipe();
  });
});

describe('a node that comes and goes while its counts are watched', () => {
  it('is away in those counts that it did not give, and in no others', async () => {
    const node = bed.cluster.node(1);
    const pressed = new AbortController();
    const args = ['counts', bed.tube(), '--watch', '--json', '--timeout', '2s'];
    const seen: { reachable: number; away: number }[] = [];
    const turns = [() => node.kill(), () => node.start(), () => node.kill(), () => node.start()];
    let turn: Promise<unknown> | undefined;
    const onOut = (text: string): void => {
      const { counts, away } = JSON.parse(text) as { counts: { reachable: boolean }[]; away: unknown[] };
      const reachable = counts.filter((each) => each.reachable).length;
      seen.push({ reachable, away: away.length });
      // Each turn once the one before is seen.
      if (reachable !== (turns.length % 2 === 0 ? 3 : 2)) return;
      const next = turns.shift();
      if (next === undefined) pressed.abort();
      else turn = next();
    };
    await ran(args, { env: environmentOf(bed), signal: pressed.signal, onOut });
    await turn;
    expect(seen.map(({ reachable, away }) => reachable + away)).toEqual(seen.map(() => 3));
  });
});

describe('a Redis that hangs or is away', () => {
  it('ends a command that needs it with 3 in time, and leaves what nodes say', async () => {
    const { producer, tube } = bed.idle();
    const handle = await producer.delay('x', '1h');
    for (const stop of ['pause', 'kill'] as const) {
      await bed.cluster.redis[stop]();
      const commands = [
        ['status', handle],
        ['key', 'find', tube, 'k'],
        ['resume', tube],
        ['revoke', handle],
        ['history', tube],
        ['schedules', 'list', tube],
        ['paused', tube],
      ];
      for (const args of stop === 'pause' ? commands : commands.slice(0, 3)) {
        const failed = await run(...args, '--json');
        expect({ args, ...failed }).toMatchObject({ code: 3, out: '' });
        expect(JSON.parse(failed.err)).toMatchObject({
          error: { code: expect.stringMatching(/DQ_CLAIM_STORE|CLI_DEADLINE/) },
        });
      }
      const peek = await run('peek', handle);
      expect(peek).toMatchObject({ code: 3, out: expect.stringContaining('  "x"\n') });
      expect(peek.err).toMatch(/not known: Redis did not say/);
      const counts = await run('counts', tube);
      expect(counts).toMatchObject({
        code: 3,
        err: expect.stringContaining('Redis did not say which tubes are paused'),
      });
      expect(stable(bed, counts.out)).toContain(`${tube}  10.0.0.1  1  0  0  0  0  ?\n`);
      await bed.heal();
    }
    await bed.wipe();
  });
});

describe('a node and a Redis that hang', () => {
  it('leave what the other nodes say, in time', async () => {
    const tube = bed.tube();
    await bed
      .app({ tubes: [tube] })
      .producer(tube)
      .delay('x', '1h');
    await Promise.all([bed.cluster.node(1), bed.cluster.redis].map((server) => server.pause()));
    for (const tubes of [[tube], []]) {
      const counts = await run('counts', ...tubes);
      expect(counts.code).toBe(3);
      const out = stable(bed, counts.out);
      for (const row of ['10.0.0.1  1  0  0  0  0  ?', '10.0.0.2  ?  ?  ?  ?  ?  ?', '10.0.0.3  1  0  0  0  0  ?'])
        expect(out).toContain(`${tube}  ${row}\n`);
    }
    await bed.heal();
    await bed.wipe();
  });
});

describe('a password', () => {
  it('is never printed: not when it is wrong, nor when Redis is away, nor when what listens is no Redis', async () => {
    const beanstalks = bed.cluster.endpoints.join(',');
    const other = await HostileServer.listen(() => '-ERR who are you\r\n');
    try {
      for (const port of [bed.cluster.redis.port, 1, other.port]) {
        for (const user of ['ops', '']) {
          const redis = `redis://${user}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
          for (const args of [
            ['paused', 'tube'],
            ['counts', 'tube'],
            ['counts', 'tube', '--json'],
            ['peek', 'x'],
            ['--help'],
            ['nonsense', redis],
          ]) {
            const { out, err } = await ran([...args, '--timeout', '500ms'], {
              env: { DQ_BEANSTALKS: beanstalks, REDIS_URL: redis },
            });
            expect({ args, shown: out + err }).not.toMatchObject({ shown: expect.stringMatching(/s3cr3t/) });
          }
        }
      }
    } finally {
      await other.close();
    }
  });
});

describe('a node that is none', () => {
  it('is away with a reason that can do nothing to a terminal', async () => {
    const hostile = await HostileServer.listen(() => '\u001b[2J\u001b]0;owned\u0007 HTTP/1.1 400\r\n');
    try {
      const args = [
        'counts',
        'tube',
        '--beanstalks',
        `${hostile.endpoint},${bed.cluster.endpoints[0]}`,
        '--timeout',
        '1s',
      ];
      const { code, err } = await ran(args, { env: environmentOf(bed) });
      expect(code).toBe(3);
      expect(err).toContain(`${hostile.endpoint} is away: `);
      expect(err.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\p{Cf}]*$/u);
    } finally {
      await hostile.close();
    }
  });
});
