import { setTimeout as sleep } from 'node:timers/promises';
import { countCopies } from './leftovers.js';
import type { ProcessesParts } from './processes.js';

const LOOK_MS = 100;

/**
 * Waits until no node has a copy that could still run, or until nothing has moved for a while: then what is left is left.
 */
export async function drain({
  servers,
  history,
  short,
}: Pick<ProcessesParts, 'servers' | 'history' | 'short'>): Promise<void> {
  const patience = short ? 10_000 : 25_000;
  const longest = short ? 40_000 : 180_000;
  const from = performance.now();
  let moved = from;
  let last = '';
  while (performance.now() - moved < patience && performance.now() - from < longest) {
    const counts = await Promise.all(servers.nodes.map((node) => countCopies(node)));
    if (counts.every(({ ready, reserved, delayed }) => ready + reserved + delayed === 0)) return;
    const now = `${history.length} ${JSON.stringify(counts)}`;
    if (now !== last) moved = performance.now();
    last = now;
    await sleep(LOOK_MS);
  }
}
