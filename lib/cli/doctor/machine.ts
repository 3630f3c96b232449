import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/base/clock.js';
import { type Finding, Findings } from './finding.js';
import { ownManifest } from './installed.js';
import { findRange } from './version.js';

/** What this machine says of itself. */
export interface Machine {
  /** As `process.versions` has it. */
  readonly node: string;
  /** Of the time zone data, such as `2026a`; undefined where Node has none. */
  readonly tz: string | undefined;
  /** Seconds after which the kernel asks whether the other end of a silent connection is there; undefined where it cannot be read. */
  readonly keepaliveSeconds: number | undefined;
}

/** Longer than this a node keeps the jobs of a consumer whose machine lost power. */
const LONGEST_KEEPALIVE_SECONDS = 300;
const OLDEST_TZ_YEARS = 2;

export async function readMachine(): Promise<Machine> {
  const { node, tz } = process.versions as NodeJS.ProcessVersions & { readonly tz?: string };
  return { node, tz, keepaliveSeconds: await readKeepalive() };
}

/** `hasNode`: a node runs on this machine, for which others than its own processes connect. */
export async function examineMachine(machine: Machine, hasNode: boolean, clock: Clock): Promise<readonly Finding[]> {
  const findings = new Findings('this machine');
  findRange(findings, 'Node', machine.node, (await ownManifest()).engines?.node ?? '', 'Install one of these');
  findTimeZones(machine, findings, new Date(clock.now()));
  findKeepalive(machine, hasNode, findings);
  return findings.all;
}

/** Countries change their clocks with a few months' notice. */
function findTimeZones({ tz }: Machine, findings: Findings, now: Date): void {
  const year = Number(/^\d{4}/.exec(tz ?? '')?.[0]);
  findings.rate('time zones', Number.isNaN(year) ? undefined : now.getUTCFullYear() - year < OLDEST_TZ_YEARS, {
    ok: `data of ${tz}`,
    warn: `data of ${tz}: recurring jobs with a time zone that changed since run at the old time`,
    todo: 'Update Node to its latest release',
    unknown: 'this Node does not say which data it has',
  });
}

function findKeepalive({ keepaliveSeconds: seconds }: Machine, hasNode: boolean, findings: Findings): void {
  const check = 'TCP keepalive';
  if (!hasNode) {
    const here = seconds === undefined ? '' : `${seconds} s here; `;
    findings.ok(check, `${here}it counts on the machines of nodes, and no node that others reach is here`);
    return;
  }
  findings.rate(check, seconds === undefined ? undefined : seconds <= LONGEST_KEEPALIVE_SECONDS, {
    ok: `${seconds} s`,
    warn: `${seconds} s: for so long a node may keep jobs of a consumer whose machine lost power`,
    todo: 'Set net.ipv4.tcp_keepalive_time to 60 or so where nodes run',
    unknown: 'it cannot be read',
  });
}

async function readKeepalive(): Promise<number | undefined> {
  try {
    const seconds = Number(await readFile('/proc/sys/net/ipv4/tcp_keepalive_time', 'utf8'));
    return Number.isSafeInteger(seconds) ? seconds : undefined;
  } catch {
    // Not Linux.
    return undefined;
  }
}
