import type { NodeStats, Reply } from '../../core/cluster/node-connection.js';
import { DqProtocolError } from '../../core/errors/connection.errors.js';
import { visible } from '../../core/errors/shown.js';
import type { Endpoint } from '../../core/wire/endpoint.js';
import { type BinlogWord, probeBinlog } from './binlog-probe.js';
import { descriptorsOf, isHere, isLoopback } from './descriptors.js';
import { duration } from './duration.js';
import { type Finding, Findings } from './finding.js';
import { resolveNode } from './node-address.js';
import { NodeLine } from './node-line.js';
import { timeRoundTrips } from './round-trips.js';
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
/** A node that takes longer to acknowledge a job is not waited for. */
const SLOW_MS = 50;
const BINLOG = 'binlog moves';

/** Looks at one node, step after step. */
export async function examineNode(endpoint: Endpoint, setting: ServerSetting): Promise<SeenNode> {
  const findings = new Findings(endpoint.name);
  const addresses = await resolveNode(endpoint, findings, setting);
  if (addresses === undefined) return { endpoint, findings: findings.all, stats: undefined, isReached: false };
  const here = addresses.some(isHere);
  const isReached = here && !addresses.every(isLoopback);
  const line = new NodeLine(endpoint, setting);
  try {
    const reply = await line.ask((to, done) => to.stats(done));
    const stats = reply.kind === 'NODE_STATS' && reply.stats.id !== '' ? reply.stats : undefined;
    if (stats === undefined) await findAbsence(reply, endpoint, findings, setting);
    else {
      findings.ok('answers', `beanstalkd ${visible(stats.version)}, ${upFor(stats)}`);
      await findFaults(stats, here, findings, setting);
      if (!setting.signal.aborted) await findRoundTrips(line, findings, setting);
      if (stats.logs && !setting.signal.aborted) tellBinlog(await probeBinlog(line), findings);
    }
    return { endpoint, findings: findings.all, stats, isReached };
  } finally {
    line.close();
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
  const newEnough = isAtLeast(stats.version, OLDEST);
  if (newEnough === undefined) findings.unknown('version', `it says ${visible(stats.version) || 'nothing'}`);
  else if (newEnough) findings.ok('version', `${OLDEST} or newer`);
  else {
    findings.error(
      'version',
      `beanstalkd ${visible(stats.version)} lacks commands that are used here`,
      `Install ${OLDEST} or newer`,
    );
  }
  if (stats.logs) findings.ok('binlog', 'it keeps a log');
  else findings.error('binlog', 'it keeps no log, so a restart loses its copies', 'Start it with -b and a folder');
  if (stats.draining)
    findings.error('draining', 'it is draining (SIGUSR1): it takes no new jobs', 'Restart it; nothing else ends that');
  else findings.ok('draining', 'it takes jobs');
  findJobSize(stats, findings, maxBodyBytes);
  await findConnections(stats, here, findings);
}

function findJobSize({ maxJobBytes }: NodeStats, findings: Findings, maxBodyBytes: number): void {
  const check = 'job size';
  if (maxJobBytes === 0) findings.unknown(check, 'it does not say');
  else if (maxJobBytes >= maxBodyBytes) findings.ok(check, `bodies of up to ${maxJobBytes} bytes (-z)`);
  else {
    findings.error(
      check,
      `it takes bodies of up to ${maxJobBytes} bytes (-z), and maxBodyBytes is ${maxBodyBytes}`,
      `Start it with -z ${maxBodyBytes}, or lower maxBodyBytes. Tell the doctor with --max-body-bytes`,
    );
  }
}

async function findConnections({ connections, pid }: NodeStats, here: boolean, findings: Findings): Promise<void> {
  const check = 'connections';
  const known = here ? await descriptorsOf(pid) : undefined;
  const most = known ?? USUAL_DESCRIPTORS;
  const limit = known === undefined ? `${most} files, the usual limit` : `its limit of ${most} files`;
  if (connections <= most * MOST_SHARE) findings.ok(check, `${connections} of ${limit}`);
  else {
    findings.warn(
      check,
      `${connections} connections, near ${limit}: it then takes no others`,
      'Raise its limit (LimitNOFILE, ulimit -n), or look for applications that open too many',
    );
  }
}

async function findRoundTrips(line: NodeLine, findings: Findings, setting: ServerSetting): Promise<void> {
  const check = 'round trip';
  const trips = await timeRoundTrips(line, setting.clock, setting.ms, setting.signal);
  if (trips === undefined) {
    findings.unknown(check, 'it did not answer all questions');
    return;
  }
  const { p50, p99, probes } = trips;
  const found = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${probes} questions`;
  if (p50 <= SLOW_MS) findings.ok(check, found);
  else {
    findings.warn(
      check,
      found,
      `Half of all answers take over ${SLOW_MS} ms. Look at the network, and at its disk and load`,
    );
  }
}

function tellBinlog(word: BinlogWord, findings: Findings): void {
  switch (word.kind) {
    case 'moves':
      findings.ok(BINLOG, `it wrote each of ${word.puts} jobs, which are deleted again`);
      return;
    case 'stands':
      findings.error(
        BINLOG,
        `it acknowledged ${word.puts} jobs, and wrote ${word.records} of them: its log failed, and is off until a restart`,
        'What it took since then is in memory alone. Look at its disk, and restart it: jobs run from their other copies',
      );
      return;
    case 'fails':
      findings.error(
        BINLOG,
        word.reply === 'OUT_OF_MEMORY'
          ? 'its disk is full: it refuses jobs'
          : `its log failed (${word.reply}), and is off until a restart`,
        word.reply === 'OUT_OF_MEMORY' ? 'Make room' : 'Look at its disk, and restart it',
      );
      return;
    case 'unknown':
      findings.unknown(BINLOG, word.why);
  }
}

function upFor({ uptimeSeconds }: NodeStats): string {
  const time = duration(uptimeSeconds * 1_000);
  return uptimeSeconds < JUST_STARTED_SECONDS ? `restarted ${time} ago` : `up for ${time}`;
}
