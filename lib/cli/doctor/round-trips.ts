import { ask } from '../../core/cluster/ask.js';
import type { NodeConnection } from '../../core/cluster/node-connection.js';
import type { Findings } from './finding.js';
import type { ServerSetting } from './setting.js';

const CHECK = 'round trip';
const PROBES = 100;
/** A number that no job has. */
const NO_JOB = 4_294_967_295;
/** A node that takes longer to acknowledge a job is not waited for. */
const SLOW_MS = 50;

/** Times small questions, one after the other, for as long as a step may take. */
export async function findRoundTrips(
  connection: NodeConnection,
  findings: Findings,
  { clock, ms, signal }: ServerSetting,
): Promise<void> {
  const until = clock.monotonic() + ms;
  const taken: number[] = [];
  let isLost = false;
  while (!isLost && taken.length < PROBES && clock.monotonic() < until && !signal.aborted) {
    const asked = clock.monotonic();
    isLost = (await ask(connection, (to, done) => to.peek(NO_JOB, done))).kind === 'LOST';
    taken.push(clock.monotonic() - asked);
  }
  const sorted = taken.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const found = `p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms of ${sorted.length} questions`;
  findings.rate(CHECK, isLost || taken.length === 0 ? undefined : at(0.5) <= SLOW_MS, {
    ok: found,
    warn: found,
    todo: `Half of all answers take over ${SLOW_MS} ms. Look at the network, and at its disk and load`,
    unknown: 'it did not answer all questions',
  });
}
