import { ask } from '../../core/cluster/ask.js';
import type { NodeConnection, PutCommand, Reply } from '../../core/cluster/node-connection.js';
import { newJobId } from '../../core/wire/job-id.js';

/** What became of jobs that were put in to see whether the node writes them. */
export type BinlogWord =
  | { readonly kind: 'moves'; readonly puts: number }
  /** It acknowledges jobs, and writes none. */
  | { readonly kind: 'stands'; readonly puts: number; readonly records: number }
  /** Its disk is full, or the log failed just now. */
  | { readonly kind: 'fails'; readonly reply: 'OUT_OF_MEMORY' | 'BURIED' | 'INTERNAL_ERROR' }
  | { readonly kind: 'unknown'; readonly why: string };

const PUTS = 64;
/** Tubes of probes begin with it. Nobody watches them. */
export const PROBE_TUBES = 'dq-doctor-';
/** Longer than a probe takes: one that is ready was left behind by a doctor that was killed. */
const LEFT_AFTER_SECONDS = 60;
const BODY = 'A probe of nestjs-dq doctor, which may be deleted.';
const LOWEST = 4_294_967_295;

/**
 * Whether a node's log grows with the jobs that it acknowledges: beanstalkd turns its log off for good after a write error, and says nothing.
 * 64 small jobs, due in a minute in a tube that no one else has, are put in and deleted again, whatever happens. A doctor that is killed in
 * between leaves 64 jobs of 50 bytes that nobody runs; the next one deletes them.
 */
export async function probeBinlog(node: NodeConnection): Promise<BinlogWord> {
  await deleteLeftovers(node);
  const tube = `${PROBE_TUBES}${newJobId()}`;
  const before = await recordsOf(node);
  if (typeof before === 'string') return { kind: 'unknown', why: before };
  const numbers: number[] = [];
  try {
    // One alone at first: what a full disk refuses costs a node memory that it never frees.
    const first = await put(node, tube, numbers);
    if (first.kind !== 'INSERTED') return wordOf(first);
    const others = await Promise.all(Array.from({ length: PUTS - 1 }, () => put(node, tube, numbers)));
    const refused = others.find(({ kind }) => kind !== 'INSERTED');
    if (refused !== undefined) return wordOf(refused);
    const after = await recordsOf(node);
    if (typeof after === 'string') return { kind: 'unknown', why: after };
    const records = after - before;
    return records >= PUTS ? { kind: 'moves', puts: PUTS } : { kind: 'stands', puts: PUTS, records };
  } finally {
    await Promise.all(numbers.map((number) => ask(node, (to, done) => to.delete(number, done))));
  }
}

async function put(node: NodeConnection, tube: string, numbers: number[]): Promise<Reply> {
  const reply = await ask(node, (to, done) => to.put(probeIn(tube), done));
  if ((reply.kind === 'INSERTED' || reply.kind === 'BURIED') && reply.id !== undefined) numbers.push(reply.id);
  return reply;
}

function probeIn(tube: string): PutCommand {
  return {
    tube,
    priority: LOWEST,
    delaySeconds: LEFT_AFTER_SECONDS,
    ttrSeconds: 1,
    body: BODY,
    byteLength: BODY.length,
  };
}

function wordOf(reply: Reply): BinlogWord {
  switch (reply.kind) {
    case 'OUT_OF_MEMORY':
    case 'BURIED':
    case 'INTERNAL_ERROR':
      return { kind: 'fails', reply: reply.kind };
    case 'DRAINING':
      return { kind: 'unknown', why: 'a draining node takes no job to write' };
    case 'LOST':
      return { kind: 'unknown', why: reply.error.message };
    default:
      return { kind: 'unknown', why: `it answered ${reply.kind} to a job of ${BODY.length} bytes` };
  }
}

/** The records of the log so far, or why they are not known. */
async function recordsOf(node: NodeConnection): Promise<number | string> {
  const reply = await ask(node, (to, done) => to.stats(done));
  if (reply.kind === 'NODE_STATS') return reply.stats.records;
  return reply.kind === 'LOST' ? reply.error.message : `it answered ${reply.kind} to stats`;
}

/** Only what is known to be ours, by its tube, its body and its age. */
async function deleteLeftovers(node: NodeConnection): Promise<void> {
  const reply = await ask(node, (to, done) => to.listTubes(done));
  if (reply.kind !== 'TUBES') return;
  for (const tube of reply.names.filter((name) => name.startsWith(PROBE_TUBES))) {
    for (let at = 0; at < PUTS; at++) {
      const left = await ask(node, (to, done) => to.peekFirst(tube, 'ready', done));
      if (left.kind !== 'FOUND' || left.body.toString('latin1') !== BODY) break;
      await ask(node, (to, done) => to.delete(left.id, done));
    }
  }
}
