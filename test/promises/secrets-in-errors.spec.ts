// A password is in no error, no event and no log line, whoever wrote the text: this package, ioredis, Node or Redis.
import { inspect } from 'node:util';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cluster } from 'ioredis';
import { DqModule, type DqEvent, type DqOptions } from 'nestjs-dq';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { thrownBy, wrongOptions } from '../support/dq-options.js';
import { HostileServer } from '../support/hostile-server.js';
import { type Census, countResources, expectNoLeaks } from '../support/leaks.js';
import { until } from '../support/wait.js';
import { NOWHERE } from '../nest/stub-servers.js';

const SECRET = 'hunter2';
const seenOf = (error: unknown): string => inspect(error, { showHidden: true, depth: 10 });

/** What stands where a password does, and the parts of it that may not show either. */
const URLS: readonly (readonly [string, string])[] = [
  ['a / in the password', `redis://:pa/${SECRET}@host:6379`],
  ['a / behind digits', `redis://me:12/${SECRET}@host:6379`],
  ['a # in the password', `redis://me:pa#${SECRET}@host:6379`],
  ['a # behind digits', `redis://me:12#${SECRET}@host:6379`],
  ['a ? in the password', `rediss://me:pa?${SECRET}@host:6379`],
  ['a ? behind digits', `rediss://me:1?${SECRET}@host:6379`],
  ['a % in the password', `redis://me:100%${SECRET}@host:6379`],
  ['a wrong port', `redis://me:${SECRET}@host:port`],
  ['a blank in the host', `redis://me:${SECRET}@ho st`],
  ['an open bracket', `redis://me:${SECRET}@[::1`],
];

describe('a Redis URL that cannot be read', () => {
  it.each(URLS)('with %s is refused without its password', (_what, redis) => {
    const error = thrownBy(() => resolveOptions(wrongOptions({ redis })));
    expect(error).toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringContaining('Percent-encode') });
    expect(seenOf(error)).not.toContain(SECRET);
    expect((error as Error).cause).toBeUndefined();
  });

  it('is refused so in an application too, where Nest prints what went wrong', async () => {
    const [, redis] = URLS[0]!;
    for (const root of [
      () => DqModule.forRoot({ ...NOWHERE, redis, logger: false }),
      () => DqModule.forRootAsync({ useFactory: () => ({ ...NOWHERE, redis, logger: false }) }),
    ]) {
      @Module({})
      class AppModule {}
      const error = await Promise.resolve()
        .then(() => Test.createTestingModule({ imports: [root(), AppModule] }).compile())
        .then((module) => module.close())
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'DQ_OPTIONS' });
      expect(seenOf(error)).not.toContain(SECRET);
    }
  });

  it.each([
    'redis://me:pa%2Fss@host:6379/3',
    'redis://:p@ss@host',
    'rediss://me:a:b@[::1]:6380?family=6',
    '/run/redis.sock',
  ])('is another one than %s (control)', (redis) => {
    expect(resolveOptions(wrongOptions({ redis })).redis).toBe(redis);
  });
});

describe('options with a URL in the wrong place', () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['the host of Redis', { redis: { host: `redis://:${SECRET}@10.0.0.9` } }],
    ['the host of Redis, without its beginning', { redis: { host: `:${SECRET}@10.0.0.9` } }],
    ['a url among the options of Redis', { redis: { url: `redis://:${SECRET}@10.0.0.9` } }],
    ['the host of a sentinel', { redis: { sentinels: [{ host: `redis://:${SECRET}@a`, port: 1 }], name: 'm' } }],
    ['a node', { beanstalks: [`beanstalk://me:${SECRET}@10.0.0.1:11300`, '10.0.0.2:11300'] }],
    ['a node, with a /', { beanstalks: [`beanstalk://me:a/${SECRET}@10.0.0.1:11300`, '10.0.0.2:11300'] }],
    ['a node, without its beginning', { beanstalks: [`me:${SECRET}@10.0.0.1:11300`, '10.0.0.2:11300'] }],
    ['a node with a tube', { beanstalks: [{ endpoint: `tcp://${SECRET}@10.0.0.1:11300`, tube: 'x' }] }],
    ['all nodes', { beanstalks: `beanstalk://me:${SECRET}@10.0.0.1:11300` }],
    ['the tubes', { tubes: `redis://me:${SECRET}@10.0.0.1` }],
    ['a tube', { tubes: [`redis://me:a "${SECRET}@10.0.0.1`] }],
    ['a duration', { commandDeadline: `redis://me:${SECRET}@10.0.0.1` }],
  ])('are refused without it: %s', (_where, options) => {
    const error = thrownBy(() => resolveOptions(wrongOptions(options)));
    expect(error).toMatchObject({ code: expect.stringMatching(/^DQ_/) });
    expect(seenOf(error)).not.toContain(SECRET);
  });
});

describe('what others say of a connection', () => {
  let before: Census;
  let server: HostileServer;
  let warn: ReturnType<typeof jest.spyOn>;
  let printed: ReturnType<typeof jest.spyOn>;
  let answer: (command: string, args: readonly string[]) => string;
  const lines: string[] = [];
  const events: DqEvent[] = [];

  beforeEach(async () => {
    before = countResources();
    lines.length = 0;
    events.length = 0;
    warn = jest.spyOn(console, 'warn').mockImplementation((...said) => void lines.push(said.join(' ')));
    printed = jest.spyOn(console, 'error').mockImplementation((...said) => void lines.push(said.join(' ')));
    server = await HostileServer.listen((request) =>
      request
        .toString()
        .split(/(?=\*\d+\r\n\$)/)
        .map((command) => {
          const [name = '', ...args] = command.split('\r\n').filter((_part, at) => at > 0 && at % 2 === 0);
          return answer(name.toLowerCase(), args);
        })
        .join(''),
    );
  });
  afterEach(async () => {
    await server.close();
    warn.mockRestore();
    printed.mockRestore();
    await expectNoLeaks(before);
  });

  /** Asks for an id, which needs Redis, and for the lines and events of a moment. */
  async function allThatIsSaid(redis: DqOptions['redis']): Promise<string> {
    const to = (line: string): void => void lines.push(line);
    const root = DqModule.forRoot({
      ...NOWHERE,
      redis,
      commandDeadline: 300,
      logger: { log: to, warn: to, error: to },
      onEvent: (event) => events.push(event),
    });
    const module = await Test.createTestingModule({ imports: [root] }).compile();
    await module.init();
    const { DqProducer } = await import('nestjs-dq');
    const errors = [
      await module
        .get(DqProducer)
        .delay('x', 0, { id: 'own' })
        .catch((error: unknown) => error),
    ];
    await until(() => events.some(({ type }) => type === 'store-lost'));
    await module.close();
    expect(errors[0]).toBeInstanceOf(Error);
    return seenOf([errors, events, lines]);
  }

  const echo = (command: string, args: readonly string[]): string =>
    `-ERR unknown command '${command}', with args beginning with: ${args.map((arg) => `'${arg}'`).join(' ')}\r\n`;

  it.each<[string, (port: number) => DqOptions['redis']]>([
    ['a URL', (port) => `redis://me:${SECRET}@127.0.0.1:${port}`],
    [
      'a URL with a password that was encoded',
      (port) => `redis://:${encodeURIComponent(`${SECRET}/%@`)}@127.0.0.1:${port}`,
    ],
    ['options', (port) => ({ host: '127.0.0.1', port, username: 'me-and-you', password: SECRET })],
  ])('shows no password of %s when Redis repeats what it was sent', async (_what, source) => {
    answer = echo;
    const said = await allThatIsSaid(source(server.port));
    expect(said).not.toContain(SECRET);
    expect(said).not.toContain('me-and-you');
    expect(said).toContain('unknown command');
  });

  it('shows no password when it is wrong, and none of the command that it was in', async () => {
    answer = (command) => (command === 'hello' ? '-WRONGPASS invalid username-password pair\r\n' : '+OK\r\n');
    const said = await allThatIsSaid(`redis://me:${SECRET}@127.0.0.1:${server.port}`);
    expect(said).toContain('WRONGPASS');
    expect(said).not.toContain(SECRET);
  });

  it('shows no password of a claim that is refused', async () => {
    answer = (command, args) => {
      if (command === 'hello') return '%0\r\n';
      if (command === 'info') return '$11\r\nloading:0\r\n\r\n';
      return command === 'client' ? '+OK\r\n' : `-ERR no ${command} for redis://me:${SECRET}@here, ${args.length}\r\n`;
    };
    const said = await allThatIsSaid(`redis://me:${SECRET}@127.0.0.1:${server.port}`);
    expect(said).toContain('for redis://***@here');
    expect(said).not.toContain(SECRET);
  });

  it('shows no password of a sentinel', async () => {
    answer = echo;
    const sentinels = [{ host: '127.0.0.1', port: server.port }];
    const said = await allThatIsSaid({
      sentinels,
      name: 'main',
      sentinelPassword: SECRET,
      sentinelRetryStrategy: () => 50,
    });
    expect(said).not.toContain(SECRET);
  });

  it('shows no password of the nodes of a Cluster', async () => {
    answer = echo;
    const cluster = new Cluster([{ host: '127.0.0.1', port: server.port }], {
      lazyConnect: true,
      redisOptions: { password: SECRET },
    });
    const said = await allThatIsSaid(cluster);
    cluster.disconnect();
    expect(said).not.toContain(SECRET);
  });
});
