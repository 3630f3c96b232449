import type { Clock } from '../../core/base/clock.js';
import { ask } from '../../core/cluster/ask.js';
import type { NodeConnection } from '../../core/cluster/node-connection.js';

const PROBES = 100;
/** A number that no job has. */
const NO_JOB = 4_294_967_295;

export interface RoundTrips {
  readonly probes: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Times small questions, one after the other, for as long as `ms`; undefined when the node stops to answer, or none was asked. */
export async function timeRoundTrips(
  connection: NodeConnection,
  clock: Clock,
  ms: number,
  signal: AbortSignal,
): Promise<RoundTrips | undefined> {
  const until = clock.monotonic() + ms;
  const taken: number[] = [];
  while (taken.length < PROBES && clock.monotonic() < until && !signal.aborted) {
    const asked = clock.monotonic();
    const { kind } = await ask(connection, (to, done) => to.peek(NO_JOB, done));
    if (kind === 'LOST') return undefined;
    taken.push(clock.monotonic() - asked);
  }
  if (taken.length === 0) return undefined;
  const sorted = taken.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] as number;
  return { probes: sorted.length, p50: at(0.5), p99: at(0.99) };
}
