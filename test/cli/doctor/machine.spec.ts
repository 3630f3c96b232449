import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../../lib/cli/doctor/finding.js';
import { examineMachine, type Machine, readMachine } from '../../../lib/cli/doctor/machine.js';
import { systemClock } from '../../../lib/core/base/clock.js';

const WELL: Machine = { node: '24.1.0', tz: '2026a', keepaliveSeconds: 60 };
const IN_2026 = { ...systemClock, now: () => Date.UTC(2026, 10, 28) };

async function found(check: string, machine: Partial<Machine>, hasNode = true): Promise<Finding> {
  const findings = await examineMachine({ ...WELL, ...machine }, hasNode, IN_2026);
  return findings.find((finding) => finding.check === check)!;
}

describe('this machine', () => {
  it('is well', async () => {
    const findings = await examineMachine(WELL, true, IN_2026);
    expect(findings.map(({ check, level }) => [check, level])).toEqual([
      ['Node', 'ok'],
      ['time zones', 'ok'],
      ['TCP keepalive', 'ok'],
    ]);
  });

  it('says of itself what is asked for', async () => {
    expect(await readMachine()).toMatchObject({
      node: process.versions.node,
      tz: expect.stringMatching(/^\d{4}[a-z]$/),
    });
  });

  it.each([
    ['18.20.0', 'error'],
    ['20.18.3', 'error'],
    ['20.19.0', 'ok'],
    ['21.7.0', 'error'],
    ['22.12.0', 'ok'],
    ['26.0.0', 'ok'],
    ['27.1.0', 'ok'],
  ])('with Node %s is %s', async (node, level) => {
    expect(await found('Node', { node })).toMatchObject({ level });
  });

  it.each([
    ['2026b', 'ok'],
    ['2025a', 'ok'],
    ['2024b', 'warn'],
    [undefined, 'warn'],
  ])('with time zones of %s is %s', async (tz, level) => {
    expect(await found('time zones', { tz })).toMatchObject({ level });
  });

  it('where a node runs keeps connections of the dead for as long as the kernel says', async () => {
    expect(await found('TCP keepalive', { keepaliveSeconds: 7_200 })).toMatchObject({
      level: 'warn',
      todo: expect.stringContaining('net.ipv4.tcp_keepalive_time'),
    });
    expect(await found('TCP keepalive', { keepaliveSeconds: undefined })).toMatchObject({
      level: 'warn',
      found: expect.stringContaining('not known'),
    });
    expect(await found('TCP keepalive', { keepaliveSeconds: 7_200 }, false)).toMatchObject({ level: 'ok' });
  });
});
