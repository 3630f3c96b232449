import { ask } from '../../core/cluster/ask.js';
import type { NodeConnection, PutCommand, Reply } from '../../core/cluster/node-connection.js';
import { newJobId } from '../../core/wire/job-id.js';
import type { Findings } from './finding.js';

const CHECK = 'binlog moves';
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
export async function findMovement(node: NodeConnection, findings: Findings): Promise<void> {
  await deleteLeftovers(node);
  const tube = `${PROBE_TUBES}${newJobId()}`;
  const numbers: number[] = [];
  const before = await recordsOf(node);
  if (typeof before === 'string') {
    findings.unknown(CHECK, before);
    return;
  }
  try {
    // One alone at first: what a full disk refuses costs a node memory that it never frees.
    const first = await put(node, tube, numbers);
    const others = Array.from({ length: first.kind === 'INSERTED' ? PUTS - 1 : 0 }, () => put(node, tube, numbers));
    const refused = [first, ...(await Promise.all(others))].find(({ kind }) => kind !== 'INSERTED');
    const after = refused === undefined ? await recordsOf(node) : '';
    if (refused !== undefined) findRefusal(refused, findings);
    else if (typeof after === 'string') findings.unknown(CHECK, after);
    else {
      findings.rate(CHECK, after - before >= PUTS, {
        ok: `it wrote each of ${PUTS} jobs, which are deleted again`,
        error: `it acknowledged ${PUTS} jobs, and wrote ${after - before} of them: its log failed, and is off until a restart`,
        todo: 'What it took since then is in memory alone. Look at its disk, and restart it: jobs run from their other copies',
      });
    }
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

function findRefusal(reply: Reply, findings: Findings): void {
  switch (reply.kind) {
    case 'OUT_OF_MEMORY':
      findings.error(CHECK, 'its disk is full: it refuses jobs', 'Make room');
      return;
    case 'BURIED':
    case 'INTERNAL_ERROR': {
      const found = `its log failed (${reply.kind}), and is off until a restart`;
      findings.error(CHECK, found, 'Look at its disk, and restart it');
      return;
    }
    case 'DRAINING':
      findings.unknown(CHECK, 'a draining node takes no job to write');
      return;
    case 'LOST':
      findings.unknown(CHECK, reply.error.message);
      return;
    default:
      findings.unknown(CHECK, `it answered ${reply.kind} to a job of ${BODY.length} bytes`);
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
