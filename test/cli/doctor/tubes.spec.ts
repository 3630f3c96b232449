// What the doctor finds of tubes, on servers with jobs.
import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../../lib/cli/doctor/finding.js';
import { DqGiveUp } from '../../../lib/core/consumer/outcome.js';
import { testBed } from '../../support/test-bed.js';
import { until } from '../../support/wait.js';
import { environmentOf } from '../cli-bed.js';
import { ran } from '../cli-run.js';

const bed = testBed();
const HOUR_MS = 3_600_000;

/** What is found of a tube, by check; everything else has to be well. */
async function diagnosed(tube: string, ...args: readonly string[]): Promise<ReadonlyMap<string, Finding>> {
  const { code, out } = await ran(['doctor', '--json', ...args], { env: environmentOf(bed) });
  const { findings } = JSON.parse(out) as { readonly findings: readonly Finding[] };
  expect({ code, errors: findings.filter(({ level }) => level === 'error') }).toEqual({ code: 0, errors: [] });
  return new Map(
    findings
      .filter(({ subject }) => subject === `tube ${tube}` || subject === 'tubes')
      .map((finding) => [finding.check, finding]),
  );
}

/** A body as a producer wrote it so long ago. */
function dueBefore(ms: number): string {
  return `${Date.now() - ms}000000/"x"`;
}

describe('a tube', () => {
  it('is found on the nodes, and named by who asks; a named one that is empty is well', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube).start();
    await app.producer(tube).delay('x', '1h');
    await until(async () => (await diagnosed(tube)).get('well')?.found.includes(tube) === true);
    const named = await diagnosed('nowhere', 'nowhere');
    expect([...named.values()].map(({ check, level }) => [check, level])).toEqual([
      ['consumers', 'ok'],
      ['dead letters', 'ok'],
      ['paused', 'ok'],
    ]);
    const full = await diagnosed(tube, tube);
    expect(full.get('consumers')).toMatchObject({ level: 'ok', found: 'no job waits for one' });
    expect(full.get('bodies')).toMatchObject({ level: 'ok' });
    await bed.wipe();
  });

  it('whose ready jobs nobody takes is warned of, with how long the first has waited', async () => {
    const tube = bed.tube();
    await bed.raw(0, (client) => client.put(dueBefore(2 * HOUR_MS), { tube }));
    const alone = await diagnosed(tube);
    expect(alone.get('consumers')).toMatchObject({
      level: 'warn',
      found: '1 copy ready, the first due 2 hours ago, and nobody watches it',
      todo: expect.stringContaining('handler'),
    });
    await bed.raw(0, async (client) => {
      await client.command(`watch ${tube}`);
      expect((await diagnosed(tube)).get('consumers')).toMatchObject({
        level: 'warn',
        found: '1 copy ready, the first due 2 hours ago',
      });
    });
    await bed.wipe();
  });

  it('with ready jobs that came just now, and somebody who watches it, is well', async () => {
    const tube = bed.tube();
    await bed.raw(0, async (client) => {
      await client.put(dueBefore(1_000), { tube });
      await client.command(`watch ${tube}`);
      expect((await diagnosed(tube, tube)).get('consumers')).toMatchObject({ level: 'ok' });
    });
    await bed.wipe();
  });

  it('that is paused says why, and since when', async () => {
    const tube = bed.tube();
    const { inspector } = bed.app({ tubes: [tube] }).runtime;
    await bed.raw(0, (client) => client.put(dueBefore(HOUR_MS * 3), { tube }));
    await inspector.pause(tube, { reason: 'migration' });
    const paused = await diagnosed(tube);
    expect(paused.get('paused')).toMatchObject({
      level: 'warn',
      found: expect.stringMatching(/^since \d{4}-.*: migration$/),
    });
    expect(paused.get('consumers')?.todo).toBeUndefined();
    await inspector.resume(tube);
    expect((await diagnosed(tube)).get('paused')).toMatchObject({ level: 'ok' });
    await bed.wipe();
  });

  it('with dead letters is warned of; why is read when that is asked for, and they stay dead letters', async () => {
    const tube = bed.tube();
    const app = bed.handling(
      tube,
      (data) => {
        throw new DqGiveUp(String(data));
      },
      { attempts: 1 },
    );
    app.start();
    for (const reason of ['no such order', 'no such order', 'sold out']) await app.producer(tube).delay(reason, 0);
    await app.event('job-dead', 3);
    const buried = async (): Promise<number> =>
      (await bed.copiesOnEach(tube)).reduce((all, { buried }) => all + buried, 0);
    await until(async () => (await buried()) === 9);
    expect((await diagnosed(tube)).get('dead letters')).toMatchObject({
      level: 'warn',
      found: '9 copies buried',
      todo: expect.stringContaining('--dead'),
    });
    expect((await diagnosed(tube, '--dead')).get('dead letters')?.found).toMatch(
      /^9 copies buried; of the first 100 of each node: 2 x .*no such order.*; 1 x .*sold out/,
    );
    await until(async () => (await buried()) === 9);
    await bed.wipe();
  });

  it('with a body of somebody else among its jobs is warned of', async () => {
    const tube = bed.tube();
    await bed.raw(0, (client) => client.put(dueBefore(-HOUR_MS), { tube, delay: 3_600 }));
    expect((await diagnosed(tube, tube)).get('bodies')).toMatchObject({ level: 'ok' });
    await bed.raw(1, (client) => client.put('{"task":"mail"}', { tube }));
    expect((await diagnosed(tube)).get('bodies')).toMatchObject({
      level: 'warn',
      found: expect.stringContaining('among its ready ones'),
    });
    await bed.wipe();
  });

  it('of another program alone is no matter of ours, unless it is named', async () => {
    const tube = bed.tube();
    await bed.raw(1, (client) => client.put('{"task":"mail"}', { tube }));
    const listed = await diagnosed(tube);
    expect(listed.has('consumers')).toBe(false);
    expect(listed.get('of others')).toMatchObject({ level: 'ok', found: expect.stringContaining(tube) });
    expect((await diagnosed(tube, tube)).get('bodies')).toMatchObject({ level: 'warn' });
    await bed.wipe();
  });

  it('is not called well where a node did not answer for it', async () => {
    const tube = bed.tube();
    await bed.raw(0, (client) => client.put(dueBefore(0), { tube }));
    await bed.cluster.node(2).kill();
    const { code, out } = await ran(['doctor', '--json', tube], { env: environmentOf(bed) });
    const { findings } = JSON.parse(out) as { readonly findings: readonly Finding[] };
    expect(code).toBe(4);
    expect(findings.find(({ check }) => check === 'nodes')).toMatchObject({
      level: 'warn',
      found: 'not known: 1 of 3 did not answer for it',
    });
    await bed.cluster.node(2).restart();
    await bed.wipe();
  });
});
