import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { DqHandler, DqModule, type DqModuleAsyncOptions, type DqModuleOptions } from 'nestjs-dq';
import { failOnLeaks } from '../support/leaks.js';
import { until } from '../support/wait.js';
import { NOWHERE } from './stub-servers.js';

failOnLeaks();

const sockets = (): string[] => process.getActiveResourcesInfo().filter((kind) => /TCP|GetAddrInfo/.test(kind));

/** Each is wrong by itself, in the code of somebody without types. */
const WRONG: readonly (readonly [string, Record<string, unknown>, string, RegExp])[] = [
  ['no nodes', { beanstalks: [] }, 'DQ_OPTIONS', /beanstalks/],
  ['a node without a port', { beanstalks: ['127.0.0.1'] }, 'DQ_ENDPOINT', /127\.0\.0\.1/],
  ['a node named twice', { beanstalks: ['a:1', 'a:1'] }, 'DQ_ENDPOINT', /twice/],
  ['one node without saying so', { beanstalks: ['a:1'] }, 'DQ_OPTIONS', /minWrites: 1/],
  ['no Redis', { redis: undefined }, 'DQ_OPTIONS', /redis/],
  ['a name that does not exist', { beanstalkds: [] }, 'DQ_OPTIONS', /beanstalkds". Did you mean beanstalks\?$/],
  ['more writes than copies', { copies: 2, minWrites: 3 }, 'DQ_OPTIONS', /minWrites.*from 1 to 2/],
  ['a tube that beanstalkd refuses', { tubes: ['a b'] }, 'DQ_TUBE_NAME', /a b/],
  ['an option of a tube that does not exist', { tubes: [{ name: 'a', retries: 3 }] }, 'DQ_OPTIONS', /retries/],
  ['a deadline that is none', { commandDeadline: 'soon' }, 'DQ_OPTIONS', /commandDeadline/],
  ['consume that is no list', { consume: 'orders' }, 'DQ_OPTIONS', /consume/],
  ['a logger that is a word', { logger: 'console' }, 'DQ_OPTIONS', /logger.*"console"/],
  ['a logger without error', { logger: { log: () => 0, warn: () => 0 } }, 'DQ_OPTIONS', /log, warn and error/],
  ['onEvent that is no function', { onEvent: true }, 'DQ_OPTIONS', /onEvent/],
];

describe('wrong options are refused at boot, before any socket opens', () => {
  it.each(WRONG)('%s', async (_, wrong, code, message) => {
    const options = { ...NOWHERE, ...wrong } as unknown as DqModuleOptions;
    for (const root of [DqModule.forRoot(options), DqModule.forRootAsync({ useFactory: async () => options })]) {
      const refused = Test.createTestingModule({ imports: [root] }).compile();
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
      expect(sockets()).toEqual([]);
    }
  });

  it.each([[undefined], [null], ['redis://127.0.0.1:4'], [[]]])('no options: %p', (options) => {
    const root = () => DqModule.forRoot(options as unknown as DqModuleOptions);
    const async = () => DqModule.forRootAsync(options as unknown as DqModuleAsyncOptions);
    expect(root).toThrow(
      expect.objectContaining({ code: 'DQ_OPTIONS', message: expect.stringMatching(/forRoot to be given/) }),
    );
    expect(async).toThrow(
      expect.objectContaining({ code: 'DQ_OPTIONS', message: expect.stringMatching(/with useFactory/) }),
    );
  });

  it('options as they are where a factory is wanted', () => {
    const async = () => DqModule.forRootAsync({ ...NOWHERE } as unknown as DqModuleAsyncOptions);
    expect(async).toThrow(
      expect.objectContaining({ code: 'DQ_OPTIONS', message: expect.stringMatching(/go to DqModule\.forRoot\.$/) }),
    );
  });

  it('and the error of an unknown one lists every one there is', async () => {
    // The compiler keeps this list whole.
    const every: Record<Exclude<keyof DqModuleOptions, 'tubes'>, true> = {
      beanstalks: true,
      redis: true,
      embedded: true,
      defaults: true,
      consume: true,
      copies: true,
      minWrites: true,
      commandDeadline: true,
      shutdownDeadline: true,
      retention: true,
      doneRetention: true,
      maxBodyBytes: true,
      logger: true,
      onEvent: true,
      enhancers: true,
      context: true,
    };
    const root = DqModule.forRoot({ ...NOWHERE, x: 1 } as DqModuleOptions);
    const refused = Test.createTestingModule({ imports: [root] }).compile();
    const { message } = (await refused.catch((error: unknown) => error)) as Error;
    const listed = /to have only (.*), got the string "x"/.exec(message)?.[1]?.split(', ');
    expect(listed?.toSorted()).toEqual([...Object.keys(every), 'tubes'].toSorted());
  });

  it('wrong options of a handler', async () => {
    @Injectable()
    class Jobs {
      @DqHandler('dq-default', { concurrency: 0 })
      run(): void {}
    }
    const root = DqModule.forRoot({ ...NOWHERE, logger: false });
    const module = await Test.createTestingModule({ imports: [root], providers: [Jobs] }).compile();
    await expect(module.init()).rejects.toMatchObject({
      code: 'DQ_OPTIONS',
      message: expect.stringMatching(/concurrency of Jobs\.run/),
    });
    expect(sockets()).toEqual([]);
  });

  it('and right ones open some: the check sees them', async () => {
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const root = DqModule.forRoot({ ...NOWHERE, redis: `redis://127.0.0.1:${port}`, logger: false });
    const module = await Test.createTestingModule({ imports: [root] }).compile();
    const listening = sockets();
    try {
      await module.init();
      await until(() => sockets().length > listening.length);
    } finally {
      await module.close();
      server.close();
    }
  });

  it('a frozen list and frozen options are left as they are', async () => {
    const tubes = Object.freeze([Object.freeze({ name: 'a', attempts: 2 }), 'b']);
    const options = Object.freeze({ ...NOWHERE, tubes, logger: false as const });
    const module = await Test.createTestingModule({ imports: [DqModule.forRoot(options)] }).compile();
    await module.close();
  });
});
