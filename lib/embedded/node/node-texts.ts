import type { JobTable } from './job-table.js';
import type { NodeCounters } from './node-counters.js';
import type { StoredJob, JobTube } from './stored-job.js';

/** What `stats` tells beside jobs and counts. */
export interface NodeFacts {
  readonly id: string;
  readonly maxJobBytes: number;
  readonly connections: number;
  readonly producers: number;
  readonly workers: number;
  readonly everConnected: number;
  readonly uptimeSeconds: number;
  readonly logs: boolean;
  readonly records: number;
  readonly draining: boolean;
}

const text = (fields: Readonly<Record<string, string | number>>): Buffer =>
  Buffer.from(
    `---\n${Object.entries(fields)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('')}`,
  );

/** Every field of beanstalkd 1.13; what a node in memory has nothing to say of is 0. */
export function statsText(table: JobTable, counters: NodeCounters, facts: NodeFacts): Buffer {
  const sum = (count: (tube: JobTube) => number): number => table.tubes.all.reduce((all, tube) => all + count(tube), 0);
  return text({
    'current-jobs-urgent': sum(({ urgent }) => urgent),
    'current-jobs-ready': sum(({ ready }) => ready.length),
    'current-jobs-reserved': sum(({ reserved }) => reserved),
    'current-jobs-delayed': sum(({ delayed }) => delayed.length),
    'current-jobs-buried': sum(({ buried }) => buried.size),
    'cmd-put': counters.of('put'),
    'cmd-peek': counters.of('peek'),
    'cmd-peek-ready': counters.of('peek-ready'),
    'cmd-peek-delayed': counters.of('peek-delayed'),
    'cmd-peek-buried': counters.of('peek-buried'),
    'cmd-reserve': 0,
    'cmd-reserve-with-timeout': counters.of('reserve'),
    'cmd-delete': counters.of('delete'),
    'cmd-release': counters.of('release'),
    'cmd-use': counters.of('use'),
    'cmd-watch': counters.of('watch'),
    'cmd-ignore': counters.of('ignore'),
    'cmd-bury': counters.of('bury'),
    // kick-job is not counted among them
    'cmd-kick': 0,
    'cmd-touch': counters.of('touch'),
    'cmd-stats': counters.of('stats'),
    'cmd-stats-job': counters.of('stats-job'),
    'cmd-stats-tube': counters.of('stats-tube'),
    'cmd-list-tubes': counters.of('list-tubes'),
    'cmd-list-tube-used': 0,
    'cmd-list-tubes-watched': 0,
    'cmd-pause-tube': 0,
    'job-timeouts': table.timeouts,
    'total-jobs': table.puts,
    'max-job-size': facts.maxJobBytes,
    'current-tubes': table.tubes.all.length,
    'current-connections': facts.connections,
    'current-producers': facts.producers,
    'current-workers': facts.workers,
    'current-waiting': sum(({ waiting }) => waiting.length),
    'total-connections': facts.everConnected,
    pid: 0,
    version: '"1.13 in memory"',
    'rusage-utime': '0.000000',
    'rusage-stime': '0.000000',
    uptime: facts.uptimeSeconds,
    'binlog-oldest-index': facts.logs ? 1 : 0,
    'binlog-current-index': facts.logs ? 1 : 0,
    'binlog-records-migrated': 0,
    'binlog-records-written': facts.records,
    'binlog-max-size': 10_485_760,
    draining: String(facts.draining),
    id: facts.id,
    hostname: '"memory"',
    os: '"memory"',
    platform: '"memory"',
  });
}

export function tubeText(tube: JobTube): Buffer {
  return text({
    name: `"${tube.name}"`,
    'current-jobs-urgent': tube.urgent,
    'current-jobs-ready': tube.ready.length,
    'current-jobs-reserved': tube.reserved,
    'current-jobs-delayed': tube.delayed.length,
    'current-jobs-buried': tube.buried.size,
    'total-jobs': tube.puts,
    'current-using': tube.using,
    'current-watching': tube.watching,
    'current-waiting': tube.waiting.length,
    'cmd-delete': tube.deletes,
    'cmd-pause-tube': 0,
    pause: 0,
    'pause-time-left': 0,
  });
}

export function jobText(job: StoredJob, now: number, logs: boolean): Buffer {
  const { state, rank } = job;
  const left = state === 'reserved' || state === 'delayed' ? Math.trunc((rank - now) / 1000) : 0;
  return text({
    id: job.id,
    tube: `"${job.tube.name}"`,
    state,
    pri: job.priority,
    age: Math.trunc((now - job.createdAt) / 1000),
    delay: job.delaySeconds,
    ttr: job.ttrSeconds,
    'time-left': left,
    file: logs ? 1 : 0,
    reserves: job.reserves,
    timeouts: job.timeouts,
    releases: job.releases,
    buries: job.buries,
    kicks: job.kicks,
  });
}

export function tubesText(tubes: readonly JobTube[]): Buffer {
  return Buffer.from(`---\n${tubes.map(({ name }) => `- ${name}\n`).join('')}`);
}
