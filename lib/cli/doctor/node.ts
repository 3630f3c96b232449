import { readFile } from 'node:fs/promises';
import { BeanstalkdDialer } from '../../core/beanstalkd/dialer.js';
import { ask } from '../../core/cluster/ask.js';
import type { NodeStats, Reply } from '../../core/cluster/node-connection.js';
import { DqProtocolError } from '../../core/errors/connection.errors.js';
import { visible } from '../../core/errors/shown.js';
import type { Endpoint } from '../../core/wire/endpoint.js';
import { inWords } from '../base/moments.js';
import { findMovement } from './binlog-probe.js';
import { type Finding, Findings } from './finding.js';
import { isHere, isLoopback, resolveNode } from './node-address.js';
import { findRoundTrips } from './round-trips.js';
import type { ServerSetting } from './setting.js';
import { strangerAt } from './stranger.js';
import { isAtLeast } from './version.js';

/** A node as it was found. */
export interface SeenNode {
  readonly endpoint: Endpoint;
  readonly findings: readonly Finding[];
  /** Undefined when it is away, or no beanstalkd. */
  readonly stats: NodeStats | undefined;
  /** It runs on this machine, at an address that others reach. */
  readonly isReached: boolean;
}

/** The first with all commands that are used here. */
const OLDEST = '1.12';
const JUST_STARTED_SECONDS = 300;
/** What a process may open where nobody raised it. */
const USUAL_DESCRIPTORS = 1_024;
const MOST_SHARE = 0.8;
const NOBODY = { onAnswering: () => {}, onClosed: () => {} };

/** Looks at one node, step after step. */
export async function examineNode(endpoint: Endpoint, setting: ServerSetting): Promise<SeenNode> {
  const findings = new Findings(endpoint.name);
  const addresses = await resolveNode(endpoint, findings, setting);
  if (addresses === undefined) return { endpoint, findings: findings.all, stats: undefined, isReached: false };
  const here = addresses.some(isHere);
  const isReached = here && !addresses.every(isLoopback);
  const settings = { commandDeadline: setting.ms, maxBodyBytes: setting.maxBodyBytes };
  const connection = new BeanstalkdDialer(endpoint, settings, setting.clock).dial(NOBODY);
  try {
    const reply = await ask(connection, (to, done) => to.stats(done));
    const stats = reply.kind === 'NODE_STATS' && reply.stats.id !== '' ? reply.stats : undefined;
    if (stats === undefined) await findAbsence(reply, endpoint, findings, setting);
    else {
      findings.ok('answers', `beanstalkd ${visible(stats.version)}, ${upFor(stats)}`);
      await findFaults(stats, here, findings, setting);
      if (!setting.signal.aborted) await findRoundTrips(connection, findings, setting);
      if (stats.logs && !setting.signal.aborted) await findMovement(connection, findings);
    }
    return { endpoint, findings: findings.all, stats, isReached };
  } finally {
    connection.destroy();
  }
}

async function findAbsence(
  reply: Reply,
  endpoint: Endpoint,
  findings: Findings,
  setting: ServerSetting,
): Promise<void> {
  const lost = reply.kind === 'LOST' ? reply : undefined;
  if (lost === undefined || lost.error instanceof DqProtocolError) {
    const stranger = await strangerAt(endpoint, setting.clock, setting.ms);
    findings.error(
      'answers',
      stranger === undefined
        ? 'what answers there is no beanstalkd'
        : `what answers there is ${stranger}, no beanstalkd`,
      'Look at the port: beanstalkd listens on 11300 unless -p says otherwise',
    );
    findings.unknown('all else', 'it is no beanstalkd');
  } else if (lost.sent) {
    findings.away(
      `it takes connections, and says nothing: ${lost.error.message}`,
      'Is it stopped, short of descriptors, or on a slow disk? Is another program at that port? Restart it if it hangs',
    );
  } else {
    findings.away(lost.error.message, 'Start it, and look at the address, the port and firewalls');
  }
}

async function findFaults(
  stats: NodeStats,
  here: boolean,
  findings: Findings,
  { maxBodyBytes }: ServerSetting,
): Promise<void> {
  const version = visible(stats.version);
  findings.rate('version', isAtLeast(version, OLDEST), {
    ok: `${OLDEST} or newer`,
    error: `beanstalkd ${version} lacks commands that are used here`,
    todo: `Install ${OLDEST} or newer`,
    unknown: `it says ${version || 'nothing'}`,
  });
  findings.rate('binlog', stats.logs, {
    ok: 'it keeps a log',
    error: 'it keeps no log, so a restart loses its copies',
    todo: 'Start it with -b and a folder',
  });
  findings.rate('draining', !stats.draining, {
    ok: 'it takes jobs',
    error: 'it is draining (SIGUSR1): it takes no new jobs',
    todo: 'Restart it; nothing else ends that',
  });
  const { maxJobBytes: most } = stats;
  findings.rate('job size', most === 0 ? undefined : most >= maxBodyBytes, {
    ok: `bodies of up to ${most} bytes (-z)`,
    error: `it takes bodies of up to ${most} bytes (-z), and maxBodyBytes is ${maxBodyBytes}`,
    todo: `Start it with -z ${maxBodyBytes}, or lower maxBodyBytes. Tell the doctor with --max-body-bytes`,
  });
  await findConnections(stats, here, findings);
}

async function findConnections({ connections, pid }: NodeStats, here: boolean, findings: Findings): Promise<void> {
  const known = here ? await descriptorsOf(pid) : undefined;
  const most = known ?? USUAL_DESCRIPTORS;
  const limit = known === undefined ? `${most} files, the usual limit` : `its limit of ${most} files`;
  findings.rate('connections', connections <= most * MOST_SHARE, {
    ok: `${connections} of ${limit}`,
    warn: `${connections} connections, near ${limit}: it then takes no others`,
    todo: 'Raise its limit (LimitNOFILE, ulimit -n), or look for applications that open too many',
  });
}

function upFor({ uptimeSeconds }: NodeStats): string {
  const time = inWords(uptimeSeconds * 1_000);
  return uptimeSeconds < JUST_STARTED_SECONDS ? `restarted ${time} ago` : `up for ${time}`;
}

/** How many files and sockets a beanstalkd of this machine may open; undefined where that cannot be read, or the process is another one. */
async function descriptorsOf(pid: number): Promise<number | undefined> {
  try {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8');
    if (name.trim() !== 'beanstalkd') return undefined;
    const limits = await readFile(`/proc/${pid}/limits`, 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    // Another machine's system, a container of its own, or not Linux.
    return undefined;
  }
}
