import { DqTubeNameError } from '../../core/errors/argument.errors.js';
import type { DqTubeCounts } from '../../core/inspector/tube-counts.js';
import type { Queue } from './queue.js';

/** The tubes of a command. */
export interface Tubes {
  readonly names: readonly string[];
  /** What the nodes have besides, under names that no tube of this package may have. */
  readonly foreign: readonly string[];
  /** Whether they were named, and not found. */
  readonly named: boolean;
}

/** Those that were named, or, where none was, all that are on the nodes. They are declared. @throws DqTubeNameError */
export async function tubesFor(queue: Queue, given: readonly string[]): Promise<Tubes> {
  if (given.length > 0) {
    for (const name of given) queue.declare(name);
    return { names: [...new Set(given)], foreign: [], named: true };
  }
  const { names, silent } = await queue.runtime.inspector.tubes({ deadline: queue.lookMs });
  for (const node of silent) queue.silent(node);
  const foreign = names.filter((name) => !declares(queue, name));
  return { names: names.filter((name) => !foreign.includes(name)), foreign, named: false };
}

function declares(queue: Queue, name: string): boolean {
  try {
    queue.declare(name);
    return true;
  } catch (error) {
    if (error instanceof DqTubeNameError) return false;
    throw error;
  }
}

/**
 * What is said of a tube of which all nodes say that it has no jobs there, and that nobody waits for any: it may be a typing mistake, and it
 * may be a tube that is yet to have its first job.
 */
export function doubtOf(counts: readonly DqTubeCounts[]): string[] {
  const isOnNone = counts.every(
    ({ reachable, scheduled, ready, running, dead, watching }) =>
      reachable && scheduled + ready + running + dead + watching === 0,
  );
  return isOnNone ? [`No node has jobs or consumers of ${counts[0]?.tube}: is the name right?`] : [];
}
