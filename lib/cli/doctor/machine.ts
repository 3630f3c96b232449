import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/base/clock.js';
import { type Finding, Findings } from './finding.js';
import { ownManifest } from './package-manifest.js';
import { isInRange } from './version.js';

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
  await findNode(machine, findings);
  findTimeZones(machine, findings, new Date(clock.now()));
  findKeepalive(machine, hasNode, findings);
  return findings.all;
}

async function findNode({ node }: Machine, findings: Findings): Promise<void> {
  const wanted = (await ownManifest()).engines?.node ?? '';
  const fits = isInRange(node, wanted);
  if (fits === undefined) findings.unknown('Node', `version ${node}, where ${wanted} is wanted`);
  else if (fits) findings.ok('Node', node);
  else findings.error('Node', `version ${node}, where ${wanted} is wanted`, 'Install one of these');
}

/** Countries change their clocks with a few months' notice. */
function findTimeZones({ tz }: Machine, findings: Findings, now: Date): void {
  const check = 'time zones';
  const year = Number(/^\d{4}/.exec(tz ?? '')?.[0]);
  if (tz === undefined || Number.isNaN(year)) findings.unknown(check, 'this Node does not say which data it has');
  else if (now.getUTCFullYear() - year < OLDEST_TZ_YEARS) findings.ok(check, `data of ${tz}`);
  else {
    findings.warn(
      check,
      `data of ${tz}: recurring jobs with a time zone that changed since run at the old time`,
      'Update Node to its latest release',
    );
  }
}

function findKeepalive({ keepaliveSeconds }: Machine, hasNode: boolean, findings: Findings): void {
  const check = 'TCP keepalive';
  if (!hasNode) {
    const here = keepaliveSeconds === undefined ? '' : `${keepaliveSeconds} s here; `;
    findings.ok(check, `${here}it counts on the machines of nodes, and no node that others reach is here`);
  } else if (keepaliveSeconds === undefined) findings.unknown(check, 'it cannot be read');
  else if (keepaliveSeconds <= LONGEST_KEEPALIVE_SECONDS) findings.ok(check, `${keepaliveSeconds} s`);
  else {
    findings.warn(
      check,
      `${keepaliveSeconds} s: for so long a node may keep jobs of a consumer whose machine lost power`,
      'Set net.ipv4.tcp_keepalive_time to 60 or so where nodes run',
    );
  }
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
