import { describe, expect, it } from '@jest/globals';
import { ran } from './cli-run.js';

const SERVERS = ['--beanstalks', '127.0.0.1:1,127.0.0.1:2', '--redis', 'redis://ops:s3cret@127.0.0.1:1'];

describe('the command line', () => {
  it('shows its commands, and nothing of the environment', async () => {
    const env = { DQ_BEANSTALKS: '10.1.2.3:11300', REDIS_URL: 'redis://ops:s3cret@10.1.2.4' };
    const { code, out, err } = await ran(['--help'], { env });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('counts');
    expect(out).not.toMatch(/s3cret|10\.1\.2/);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('says what was probably meant, and ends with 2', async () => {
    expect(await ran(['count'])).toEqual({
      code: 2,
      out: '',
      err: "nestjs-dq: unknown command 'count' (Did you mean counts?)\n",
    });
  });

  it('shows its commands to who names none, and ends with 2', async () => {
    const { code, out, err } = await ran([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Commands:');
  });

  it.each([[[]], [['dead']], [['dead', 'lst']]])('tells programs in JSON alone that %j is no command', async (args) => {
    const { code, out, err } = await ran([...args, '--json']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'CLI_USAGE' } });
  });

  it('tells programs of errors in JSON', async () => {
    const { code, out, err } = await ran(['counts', 'orders', '--json']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(JSON.parse(err)).toEqual({
      error: { code: 'CLI_USAGE', message: expect.stringContaining('Expected the nodes in --beanstalks') },
    });
  });

  it.each([
    ['a tube that none may be called', ['counts', 'a/b', ...SERVERS], 'DQ_TUBE_NAME'],
    ['an address that is none', ['counts', 'a', ...SERVERS.with(1, 'localhost')], 'DQ_ENDPOINT'],
    ['a Redis that is none', ['counts', 'a', ...SERVERS.with(3, 'ops:s3cret@host')], 'DQ_OPTIONS'],
    [
      'a URL with a password that cannot be read',
      ['counts', 'a', ...SERVERS.with(3, 'redis://:s3cret/x@h')],
      'DQ_OPTIONS',
    ],
    ['a time that is none', ['counts', 'a', '--timeout', 'soon', ...SERVERS], 'DQ_OPTIONS'],
    ['a URL in the place of a command', ['redis://ops:s3cret@127.0.0.1:1'], 'CLI_USAGE'],
    ['a URL behind a wrong option', ['counts', 'a', '--reddis=redis://ops:s3cret@127.0.0.1:1'], 'CLI_USAGE'],
    ['a password behind a wrong option', ['counts', 'a', '--password=s3cret'], 'CLI_USAGE'],
  ])('refuses %s with 2, without a password', async (_what, args, code) => {
    const refused = await ran([...args, '--json']);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(JSON.parse(refused.err)).toMatchObject({ error: { code } });
    expect(refused.err).not.toContain('s3cret');
  });
});
