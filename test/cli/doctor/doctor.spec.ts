// The doctor as a person calls it.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { root } from '../../../scripts/root.mjs';
import { testBed } from '../../support/test-bed.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/wait.js';
import { environmentOf } from '../cli-bed.js';
import { ran } from '../cli-run.js';

const processes: ChildProcess[] = [];
const proxies: TcpProxy[] = [];

afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

const bed = testBed();

/** Jobs on the first node, in any state. */
async function jobs(): Promise<number> {
  return Object.values(await bed.copies(0)).reduce((all, count) => all + count, 0);
}

/** A doctor of its own, in the midst of its look at whether the first node writes, which is far away. */
async function amidstProbe(): Promise<{ readonly child: ChildProcess; readonly exit: Promise<number | null> }> {
  const proxy = await TcpProxy.listen(bed.cluster.node(0).port);
  proxies.push(proxy);
  proxy.delay(40);
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'doctor', '--timeout', '500ms'], {
    env: { ...process.env, ...environmentOf(bed), DQ_BEANSTALKS: proxy.endpoint },
    stdio: 'ignore',
  });
  processes.push(child);
  const exit = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  await until(async () => (await jobs()) > 0);
  return { child, exit };
}

describe('nestjs-dq doctor', () => {
  it('finds nothing where all is as it should be, in 80 columns, without colours', async () => {
    const { code, out, err } = await ran(['doctor'], { env: environmentOf(bed) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/\n0 error, 0 warn, \d+ ok\n$/);
    for (const subject of [...bed.cluster.endpoints, 'all nodes', 'Redis', 'tubes', 'this machine'])
      expect(out.split('\n')).toContain(subject);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(out).not.toContain('\u001b');
  });

  it('has colours on a terminal, and none in JSON', async () => {
    const env = environmentOf(bed);
    expect((await ran(['doctor'], { env, isTty: true })).out).toContain('\u001b[32mok\u001b[0m');
    expect((await ran(['doctor'], { env: { ...env, NO_COLOR: '1' }, isTty: true })).out).not.toContain('\u001b');
    const { out } = await ran(['doctor', '--json'], { env, isTty: true });
    expect(JSON.parse(out)).toMatchObject({ worst: 'ok', findings: expect.any(Array) });
  });

  it('says when a server is away, and looks at the others', async () => {
    await bed.cluster.node(1).kill();
    const { code, out } = await ran(['doctor'], { env: environmentOf(bed) });
    expect(code).toBe(4);
    expect(out).toMatch(/ {2}error {2}answers +Connection to \S+ failed: connect\n? *ECONNREFUSED/);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      '(minWrites): one more loss stops scheduling -> Bring the others back',
    );
    expect(out.match(/ {2}ok {5}binlog moves/g)).toHaveLength(2);
    await bed.cluster.node(1).restart();
  });

  it.each([
    ['no address', [], {}],
    ['a number that is none', ['--min-writes', 'two'], undefined],
    ['a size that is none', ['--max-body-bytes', '64k'], undefined],
    ['a tube that none may be called', ['a/b'], undefined],
  ])('refuses %s with 2, before it asks a server', async (_what, args, env) => {
    const refused = await ran(['doctor', ...args], { env: env ?? environmentOf(bed) });
    expect(refused).toMatchObject({ code: 2, out: '' });
  });

  it('that is interrupted in the midst of its probe takes it back, and ends with 130', async () => {
    const { child, exit } = await amidstProbe();
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(await jobs()).toBe(0);
  });

  it('that is killed leaves some small jobs that nobody runs', async () => {
    const { child, exit } = await amidstProbe();
    child.kill('SIGKILL');
    await exit;
    const tubes = await bed.raw(0, (client) => client.listTubes());
    const [tube, ...others] = tubes.filter((name) => name.startsWith('dq-doctor-'));
    expect(others).toEqual([]);
    const { delayed, ready } = await bed.copies(0, tube);
    expect([delayed <= 64, ready]).toEqual([true, 0]);
    await bed.wipe();
  });
});
