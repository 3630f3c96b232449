import type { Beanstalkd } from '../../scripts/servers.mjs';
import { COPY_STATES, type CopyCount, RawClient } from '../../test/support/raw-client.js';
import type { CopyState } from '../../harness/history/history-event.js';
import type { Payload } from '../../harness/application/payload.js';

/** A copy as a node keeps it, and the job it belongs to where its body can be read. */
export interface FoundCopy {
  readonly state: CopyState;
  readonly seq: number | undefined;
}

/** Where the library asks whether a disk is full. A node that is killed in between keeps such a probe. */
const PROBES = 'dq-probe';
/** Jobs are asked for by number, so many at once. */
const PIPELINE = 500;

/** How many copies a node says it has, by state. */
export function countCopies(node: Beanstalkd): Promise<CopyCount> {
  return RawClient.with(node.port, (client) => client.copies());
}

/**
 * Every copy on a node, asked for by number: what a node says of itself leaves out a copy that it has lost hold of, which is
 * reserved by nobody.
 */
export function findCopies(node: Beanstalkd): Promise<FoundCopy[]> {
  return RawClient.with(node.port, async (client) => {
    const newest = await newestNumber(client);
    const found: FoundCopy[] = [];
    for (let from = 1; from <= newest; from += PIPELINE) {
      const numbers = Array.from({ length: Math.min(PIPELINE, newest - from + 1) }, (_, at) => from + at);
      const stats = await Promise.all(numbers.map((number) => client.statsJob(number)));
      for (const [at, stat] of stats.entries()) {
        const state = COPY_STATES.find((state) => state === stat?.state);
        if (state === undefined) continue;
        if (stat?.tube === PROBES) continue;
        const copy = await client.peek(numbers[at] as number);
        found.push({ state, seq: copy === undefined ? undefined : seqOf(copy.body) });
      }
    }
    return found;
  });
}

/** The job's number in a body that a worker scheduled. */
export function seqOf(body: Buffer): number | undefined {
  const from = body.indexOf('{"seq":');
  if (from < 0) return undefined;
  try {
    return (JSON.parse(body.toString('utf8', from)) as Payload).seq;
  } catch {
    return undefined;
  }
}

/** A node that takes no job counts the attempts, each of which took a number; that is enough while it was never restarted. */
async function newestNumber(client: RawClient): Promise<number> {
  try {
    const number = await client.put('a number', { tube: 'faults-leftovers', delay: 3_600 });
    await client.delete(number);
    return number;
  } catch {
    return Number((await client.stats())['cmd-put'] ?? 0);
  }
}
