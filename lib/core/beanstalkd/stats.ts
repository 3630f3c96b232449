import type { Reply } from '../cluster/node-connection.js';
import type { WireReply } from './reply-parser.js';

type Fields = ReadonlyMap<string, string>;

export function nodeStats(reply: WireReply): Reply {
  if (reply.kind !== 'OK') return reply;
  const fields = parse(reply.body);
  const stats = {
    id: fields.get('id') ?? '',
    version: fields.get('version') ?? '',
    draining: fields.get('draining') === 'true',
    logs: countOf(fields, 'binlog-current-index') > 0,
    records: countOf(fields, 'binlog-records-written'),
    puts: countOf(fields, 'cmd-put'),
    uptimeSeconds: countOf(fields, 'uptime'),
    connections: countOf(fields, 'current-connections'),
    maxJobBytes: countOf(fields, 'max-job-size'),
    pid: countOf(fields, 'pid'),
  };
  return { kind: 'NODE_STATS', stats };
}

/** A tube that nobody uses does not exist. */
export function tubeStats(reply: WireReply): Reply {
  if (reply.kind !== 'OK' && reply.kind !== 'NOT_FOUND') return reply;
  const fields: Fields = reply.kind === 'OK' ? parse(reply.body) : new Map();
  const stats = {
    delayed: countOf(fields, 'current-jobs-delayed'),
    ready: countOf(fields, 'current-jobs-ready'),
    reserved: countOf(fields, 'current-jobs-reserved'),
    buried: countOf(fields, 'current-jobs-buried'),
    watching: countOf(fields, 'current-watching'),
  };
  return { kind: 'TUBE_STATS', stats };
}

export function jobStats(reply: WireReply): Reply {
  if (reply.kind !== 'OK') return reply;
  const fields = parse(reply.body);
  return { kind: 'JOB_STATS', stats: { tube: fields.get('tube') ?? '', state: fields.get('state') ?? '' } };
}

export function tubeNames(reply: WireReply): Reply {
  if (reply.kind !== 'OK') return reply;
  const names = Array.from(reply.body.toString('latin1').matchAll(/^- (.+)$/gm), ([, name]) => name as string);
  return { kind: 'TUBES', names };
}

/** Flat `key: value` lines. Read by hand, since a YAML reader does far more than that. */
function parse(body: Buffer): Fields {
  const fields = new Map<string, string>();
  for (const line of body.toString('latin1').split('\n')) {
    const match = /^([A-Za-z0-9-]+): "?([^"]*)"?$/.exec(line);
    if (match) fields.set(match[1] as string, match[2] as string);
  }
  return fields;
}

/** 0 when it is missing. */
function countOf(fields: Fields, key: string): number {
  const value = Number(fields.get(key));
  return Number.isSafeInteger(value) ? value : 0;
}
