// What the log says when the options name servers that are not there.
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, DqModule, type DqOptions } from 'nestjs-dq';
import { HostileServer } from '../support/hostile-server.js';
import { failOnLeaks } from '../support/leaks.js';
import { until } from '../support/wait.js';
import { NOWHERE } from './stub-servers.js';

@Injectable()
class Jobs {
  @DqHandler('orders')
  run(): void {}
}

@Module({ providers: [Jobs] })
class JobsModule {}

describe('wrong addresses', () => {
  let lines: string[];
  const servers: HostileServer[] = [];

  beforeEach(() => {
    lines = [];
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
  failOnLeaks();

  /** A server that says this to each command of Redis' protocol, and to any other bytes once. */
  async function listen(answer: string): Promise<string> {
    const server = await HostileServer.listen((request) => {
      const commands = request.toString('latin1').match(/^\*\d/gm)?.length ?? 1;
      return answer.repeat(commands);
    });
    servers.push(server);
    return server.endpoint;
  }

  /** Starts an application, and closes it once its log has all of these. */
  async function start(options: Partial<DqOptions>, wanted: readonly RegExp[]): Promise<void> {
    const to = (level: string) => (line: string) => void lines.push(`${level}: ${line}`);
    const logger = { log: to('log'), warn: to('warn'), error: to('error') };
    const root = DqModule.forRoot({ ...NOWHERE, ...options, tubes: ['orders'], commandDeadline: 500, logger });
    const module = await Test.createTestingModule({ imports: [root, JobsModule] }).compile();
    await module.init();
    try {
      for (const pattern of wanted)
        await until(() => lines.find((line) => pattern.test(line)), { what: String(pattern) });
    } finally {
      await module.close();
    }
    expect(lines.join('\n')).not.toMatch(/is lost|\.\.|Please report/);
  }

  it('of all nodes: each cannot be reached, and one error says that none can', async () => {
    const http = await listen('HTTP/1.1 400 Bad Request\r\n\r\n');
    const mute = await listen('');
    const refuses = '127.0.0.1:1';
    await start({ beanstalks: [refuses, http, mute] }, [/^error: No node can be reached/]);
    const nodes = lines.filter((line) => /node/i.test(line));
    expect(nodes.slice(0, 3).toSorted()).toEqual(
      [
        `warn: Node ${refuses} cannot be reached: Connection to ${refuses} failed: connect ECONNREFUSED ${refuses}. `,
        `warn: Node ${http} cannot be reached: Expected a reply of beanstalkd, got 8 other bytes. Does another program listen at ${http}? `,
        `warn: Node ${mute} cannot be reached: ${mute} did not answer within 500 ms. `,
      ]
        .map((line) => `${line}Check its address in beanstalks, and that beanstalkd listens there.`)
        .toSorted(),
    );
    expect(nodes.slice(3)).toEqual([
      `error: No node can be reached (${refuses}, ${http}, ${mute}): no job is scheduled or run until one can.`,
    ]);
  });

  it.each<[string, string, RegExp]>([
    [
      'with a wrong password',
      '-WRONGPASS invalid username-password pair or user is disabled.\r\n',
      /disabled \(.+\)\. /,
    ],
    ['of another program', 'HTTP/1.1 400 Bad Request\r\n\r\n', /what answers is not a Redis: .*[^.] \(.+\)\. /],
    ['of something that says nothing', '', /no answer within 500 ms \(.+\)\. /],
  ])('of Redis, %s', async (_what, answer, text) => {
    const endpoint = await listen(answer);
    await start({ redis: `redis://:hunter2@${endpoint}` }, [/^error: Redis cannot be reached/]);
    const line = lines.find((each) => each.includes('Redis')) ?? '';
    expect(line).toMatch(text);
    expect(line).toContain(endpoint);
    expect(line).not.toContain('hunter2');
  });

  it('of the sentinels alone, which close nothing', async () => {
    const sentinels = [{ host: '127.0.0.1', port: 1 }];
    await start({ redis: { sentinels, name: 'main' } }, [
      /^error: Redis cannot be reached: .*\(sentinels 127\.0\.0\.1:1\)/,
    ]);
  });
});
